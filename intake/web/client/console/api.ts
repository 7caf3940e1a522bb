/** The server's answers to counsellors, typed. The session lives in this object and nowhere else. */
import { observe } from "./clock.ts";
import type { Handover } from "./handover.ts";
import { languageCode, t } from "./words.ts";

export type Box = "new" | "mine" | "waiting" | "others" | "closed";
/** Counts stop here: a box may hold more. */
export const MOST_COUNTED = 100;
export type CloseReason = "mandated" | "signposted" | "forwarded" | "answered" | "no_reply" | "not_serious";
export type State = "received" | "claimed" | "answered" | "mandated" | "signposted" | "forwarded" | "closed";

export interface Person { readonly id: string; readonly name: string }

export interface ContactRow {
  readonly mailbox: string;
  readonly team: string;
  readonly state: State;
  readonly urgent: boolean;
  readonly channel: string;
  readonly received: string;
  readonly answer_by: string;
  readonly erase_on: string;
  readonly claimed_by: Person | null;
  /** Envelopes of the person since the last answer. */
  readonly unread: number;
  /** The person wrote after the last answer. */
  readonly waiting: boolean;
  readonly size: number;
}

export interface Entry {
  readonly number: number;
  readonly author: "person" | "team" | "note";
  readonly day: string;
  readonly envelope: string;
}

/** A sealed picture or voice message that came with the letter number `after`; `size` in bytes, as padded. */
export interface Attached {
  readonly number: number;
  readonly after: number;
  readonly size: number;
}

export interface Contact extends ContactRow { readonly entries: readonly Entry[]; readonly attachments: readonly Attached[]; readonly handovers: readonly Handover[] }
export type Counts = Readonly<Record<Box, number>>;
export interface Page { readonly contacts: readonly ContactRow[]; readonly next: string | null; readonly counts: Counts }

export interface Stretching { readonly salt: string; readonly memory_kib: number; readonly passes: number }
export interface TeamGrant { readonly team: string; readonly epoch: number; readonly kid: string | null; readonly grant: string | null }
export interface Login {
  readonly session: string;
  readonly member: Person;
  readonly wrapped_seed: string;
  readonly teams: readonly TeamGrant[];
  /** team or coordination -> role */
  readonly roles: Readonly<Record<string, string>>;
  readonly lock_after_s: number;
}
export interface Invitation { readonly member: string; readonly name: string; readonly teams: readonly string[] }
export interface Enrolment extends Stretching {
  readonly code: string;
  readonly login_key: string;
  readonly wrapped_seed: string;
  readonly kem: string;
  readonly verify: string;
}

/** What went wrong, in a sentence for the counsellor. `status` 0: the server was not reached. */
export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly body: Readonly<Record<string, unknown>> = {}) {
    super(message);
  }

  /** Seconds to wait before trying again, when the server says so. */
  get retryAfter(): number | null {
    const seconds = this.body["retry_after"];
    return typeof seconds === "number" && seconds > 0 ? Math.ceil(seconds) : null;
  }

  /** Nobody knows whether the request was carried out. */
  get uncertain(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

const PATIENCE_MS = 20_000;

export class Api {
  #session: string | null = null;
  /** Called when the server no longer knows the session. */
  onExpired: () => void = () => {};

  get loggedIn(): boolean {
    return this.#session !== null;
  }

  hello = (member: string) => this.#post<Stretching>("hello", { member });

  async login(member: string, loginKey: string): Promise<Login> {
    return this.#entered(await this.#post<Login>("login", { member, login_key: loginKey, device: device() }));
  }

  /** The second step; `answer` is a passkey's answer or a code. */
  async second(ticket: string, answer: { passkey: string } | { code: string }): Promise<Login> {
    return this.#entered(await this.#post<Login>("login/second", { ticket, device: device(), ...answer }));
  }

  #entered(answer: Login): Login {
    this.#session = answer.session;
    return answer;
  }

  /** Ends the session here at once and at the server as soon as it hears of it. */
  logout(): void {
    const session = this.#session;
    this.#session = null;
    if (session === null) return;
    void fetch("/api/team/logout", {
      method: "POST", body: "{}", keepalive: true, credentials: "omit",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${session}` },
    }).then((answer) => answer.text()).catch(() => undefined); // unreachable server: the session ends by its own age
  }

  invitation = (code: string) => this.#post<Invitation>("invitation", { code });
  enrol = (enrolment: Enrolment) => this.#post<{ fingerprint: string }>("enrol", enrolment);

  contacts(box: Box, team: string | null, after: string | null): Promise<Page> {
    const query = new URLSearchParams({ box });
    if (team !== null) query.set("team", team);
    if (after !== null) query.set("after", after);
    return this.#call<Page>("GET", `contacts?${query}`);
  }

  contact = (mailbox: string) => this.#call<Contact>("GET", `contacts/${mailbox}`);
  attachment = (mailbox: string, number: number) => this.#call<{ envelope: string }>("GET", `contacts/${mailbox}/attachments/${number}`);
  claim = (mailbox: string, takeOver = false) => this.#post<unknown>(`contacts/${mailbox}/claim`, { take_over: takeOver });
  release = (mailbox: string) => this.#post<unknown>(`contacts/${mailbox}/release`, {});
  answer = (mailbox: string, envelope: string) => this.#post<unknown>(`contacts/${mailbox}/answers`, { envelope });
  note = (mailbox: string, envelope: string) => this.#post<unknown>(`contacts/${mailbox}/notes`, { envelope });
  close = (mailbox: string, reason: CloseReason) => this.#post<unknown>(`contacts/${mailbox}/close`, { reason });
  reopen = (mailbox: string) => this.#post<unknown>(`contacts/${mailbox}/reopen`, {});
  blocks = (team: string) => this.#call<{ envelope: string | null }>("GET", `blocks?team=${encodeURIComponent(team)}`);
  saveBlocks = (team: string, envelope: string) => this.#call<unknown>("PUT", `blocks?team=${encodeURIComponent(team)}`, { envelope });

  /** For the other rooms of the console, which type their own answers. */
  request = <T>(method: "GET" | "POST" | "PUT", path: string, body?: object) => this.#call<T>(method, path, body);

  #post<T>(path: string, body: object): Promise<T> {
    return this.#call<T>("POST", path, body);
  }

  async #call<T>(method: string, path: string, body?: object): Promise<T> {
    const session = this.#session;
    const headers: Record<string, string> = { "Accept-Language": languageCode(), Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (session !== null) headers["Authorization"] = `Bearer ${session}`;
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
    let response: Response;
    let answer: unknown;
    try {
      response = await fetch(`/api/team/${path}`, {
        method, headers, body: body === undefined ? null : JSON.stringify(body), signal: patience.signal,
        credentials: "omit", cache: "no-store", redirect: "error",
      });
      const text = await response.text();
      answer = text === "" ? {} : readJson(text);
    } catch {
      throw new ApiError(0, "offline", t("Gerade gibt es keine Verbindung. Nichts ist verloren. Versuchen Sie es gleich noch einmal."));
    } finally {
      clearTimeout(timer);
    }
    observe(response.headers.get("Date"));
    if (response.ok) return answer as T;
    const fault = (typeof answer === "object" && answer !== null ? answer : {}) as Record<string, unknown>;
    const code = typeof fault["error"] === "string" ? fault["error"] : `http_${response.status}`;
    if (response.status === 401 && session !== null && session === this.#session) {
      this.#session = null;
      this.onExpired();
    }
    throw new ApiError(response.status, code, sentence(response.status, fault["message"]), fault);
  }
}

/** For the list of the own open consoles; nothing finer than that. */
function device(): string {
  return /Mobi|Android/i.test(navigator.userAgent) ? t("Telefon") : t("Computer");
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function sentence(status: number, given: unknown): string {
  if (typeof given === "string" && given !== "") return given;
  if (status === 401) return t("Ihre Sitzung ist zu Ende. Bitte geben Sie Ihre Passphrase noch einmal ein.");
  if (status === 404) return t("Das gibt es hier nicht mehr.");
  if (status === 413) return t("Das ist zu lang. Bitte kürzen Sie den Text.");
  if (status === 429) return t("Das war zu oft hintereinander. Bitte warten Sie einen Moment.");
  return t("Gerade geht es nicht. Ihr Text ist noch da. Versuchen Sie es in einer Minute noch einmal.");
}
