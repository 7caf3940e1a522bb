/** Bytes and their spellings. Strict: a spelling that is not canonical is an error, never a guess. */
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { ClientError } from "./errors.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

export function utf8(text: string): Bytes {
  return encoder.encode(text) as Bytes;
}

/** UTF-8 to text; a broken sequence throws a TypeError. A byte order mark is kept as a character. */
export function fromUtf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Same bytes? Takes the same time wherever they differ. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}

export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  // In slices: spreading a megabyte into one call overflows the stack of older browsers.
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

/** Standard alphabet with padding, nothing else (RFC 4648 section 4). */
export function fromBase64(text: string): Bytes {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new ClientError("malformed_answer", "base64");
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  if (toBase64(bytes) !== text) throw new ClientError("malformed_answer", "base64 not canonical");
  return bytes;
}

export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += (byte < 16 ? "0" : "") + byte.toString(16);
  return text;
}

/** Lower case, even length. */
export function fromHex(text: string): Bytes {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) throw new ClientError("malformed_answer", "hex");
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

export function sha256(bytes: Uint8Array): Bytes {
  return nobleSha256(bytes) as Bytes;
}

/** The browser's WebCrypto, or a clear error; there is no fallback. */
export function webCrypto(): SubtleCrypto {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (!subtle) throw new ClientError("insecure_context");
  return subtle;
}

export function randomBytes(length: number): Bytes {
  webCrypto();
  return crypto.getRandomValues(new Uint8Array(length));
}

/** HKDF-SHA-256 with empty salt (RFC 5869), as everywhere in the format. */
export async function derive(seed: Uint8Array, info: string, length: number): Promise<Bytes> {
  const subtle = webCrypto();
  const key = await subtle.importKey("raw", seed as Bytes, "HKDF", false, ["deriveBits"]);
  const bits = await subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: utf8(info) }, key, length * 8);
  return new Uint8Array(bits);
}
