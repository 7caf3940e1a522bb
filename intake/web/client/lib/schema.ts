/**
 * A small closed reader for foreign JSON. Everything that comes out of an envelope or off the line is read through it: types, lengths and
 * ranges are checked, unknown fields are dropped, nothing is ever used as markup.
 */
import { ClientError, type ErrorCode } from "./errors.ts";

export type Reader<T> = (value: unknown) => T;

class Mismatch extends Error {}

function fail(): never {
  throw new Mismatch();
}

/** A string of at most `max` UTF-16 units, without lone surrogates and (except tab and line breaks) without control characters. */
export const text =
  (max: number, min = 0): Reader<string> =>
  (value) => {
    if (typeof value !== "string" || value.length > max || value.length < min) fail();
    return clean(value);
  };

/** Takes out what could disturb the screen: NUL and other controls, and the marks that reverse the reading direction. */
export function clean(value: string): string {
  return value
    .replace(/\r\n?/g, "\n")
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/g, "")
    .replace(/\p{Cs}/gu, "\ufffd");
}

export const matching =
  (pattern: RegExp): Reader<string> =>
  (value) =>
    typeof value === "string" && pattern.test(value) ? value : fail();

export const integer =
  (min: number, max: number): Reader<number> =>
  (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= min && value <= max ? value : fail();

export const flag: Reader<boolean> = (value) => (typeof value === "boolean" ? value : fail());

export const oneOf =
  <const T extends readonly (string | number)[]>(choices: T): Reader<T[number]> =>
  (value) =>
    choices.includes(value as T[number]) ? (value as T[number]) : fail();

export const list =
  <T>(item: Reader<T>, max: number): Reader<T[]> =>
  (value) =>
    Array.isArray(value) && value.length <= max ? value.map(item) : fail();

/** Exactly these, in this order. */
export const tuple =
  <T extends readonly Reader<unknown>[]>(...items: T): Reader<{ -readonly [K in keyof T]: ReturnType<T[K]> }> =>
  (value) =>
    Array.isArray(value) && value.length === items.length ? (items.map((item, i) => item(value[i])) as { -readonly [K in keyof T]: ReturnType<T[K]> }) : fail();

export const nullable =
  <T>(inner: Reader<T>): Reader<T | null> =>
  (value) =>
    value === null ? null : inner(value);

/** A missing field counts as `missing`. */
export const optional =
  <T>(inner: Reader<T>, missing: T): Reader<T> =>
  (value) =>
    value === undefined ? missing : inner(value);

/** An object used as a map; keys must match `key`. */
export const record =
  <T>(key: RegExp, item: Reader<T>, max: number): Reader<Record<string, T>> =>
  (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) fail();
    const entries = Object.entries(value);
    if (entries.length > max || !entries.every(([name]) => key.test(name))) fail();
    const out = Object.create(null) as Record<string, T>;
    for (const [name, inner] of entries) out[name] = item(inner);
    return out;
  };

export const object =
  <T extends Record<string, Reader<unknown>>>(fields: T): Reader<{ [K in keyof T]: ReturnType<T[K]> }> =>
  (value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) fail();
    const out: Record<string, unknown> = {};
    for (const name of Object.keys(fields)) {
      // Own properties only: "toString" in a map must not come from Object.prototype.
      const inner = Object.prototype.hasOwnProperty.call(value, name) ? (value as Record<string, unknown>)[name] : undefined;
      out[name] = fields[name]!(inner);
    }
    return out as { [K in keyof T]: ReturnType<T[K]> };
  };

/** Reads already parsed JSON, or throws ClientError with `code`. */
export function read<T>(reader: Reader<T>, value: unknown, code: ErrorCode): T {
  try {
    return reader(value);
  } catch (error) {
    if (error instanceof Mismatch || error instanceof RangeError) throw new ClientError(code);
    throw error;
  }
}

/** Parses and reads. */
export function readJson<T>(reader: Reader<T>, json: string, code: ErrorCode): T {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new ClientError(code, "not JSON");
  }
  return read(reader, value, code);
}
