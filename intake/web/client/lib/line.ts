/** The line to the server. No cookies, no cache, no referrer; every failure becomes a ClientError. Small: it is part of the page shell. */
import { ClientError } from "./errors.ts";

/** Slow lines over Tor need patience; after this nobody would still be waiting. */
const TIMEOUT_MS = 90_000;

async function exchange<T>(path: string, init: RequestInit, receive: (response: Response) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  try {
    const response = await fetch(path, { credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", redirect: "error", signal: abort.signal, ...init });
    return await receive(response);
  } catch (error) {
    throw error instanceof ClientError ? error : new ClientError("network");
  } finally {
    clearTimeout(timer);
  }
}

/** Fetches bytes, at most `limit`. */
export function getBytes(path: string, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  return exchange(path, {}, async (response) => {
    if (!response.ok) throw failure(response.status, retryAfter(response));
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes.length > limit) throw new ClientError("malformed_answer", "too long");
    return bytes;
  });
}

export interface Reply {
  readonly status: number;
  /** parsed JSON, unchecked; null when there is none */
  readonly body: unknown;
  /** seconds, from 429 and 503 answers */
  readonly retryAfter: number | null;
}

/** Sends JSON (GET without `body`) and gives back whatever the server says; only a broken line throws. */
export function askJson(path: string, body?: unknown, init: { method?: string; headers?: Record<string, string> } = {}): Promise<Reply> {
  const language = document.documentElement.lang || "de";
  const content: RequestInit = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const headers = { ...(body === undefined ? {} : { "Content-Type": "application/json" }), "Accept-Language": language, ...init.headers };
  return exchange(path, { ...content, ...(init.method ? { method: init.method } : {}), headers }, async (response) => {
    const text = await response.text();
    let parsed: unknown = null;
    try {
      parsed = JSON.parse(text);
    } catch {
      // a proxy's own error page: the status says enough
    }
    return { status: response.status, body: parsed, retryAfter: retryAfter(response) };
  });
}

function retryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get("Retry-After"));
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(Math.ceil(seconds), 86_400) : null;
}

/** The ClientError for an answer nobody expects in particular. */
export function failure(status: number, seconds: number | null): ClientError {
  if (status === 429) return new ClientError("busy", undefined, seconds);
  if (status === 413) return new ClientError("too_large");
  return new ClientError(status >= 500 ? "unavailable" : "refused", `status ${status}`, seconds);
}
