/** The part of tests/browser/test_vectors.py that runs under the console's policy: passphrases, on WebAssembly. */
import { fromBase64, fromHex, toBase64, toHex } from "../lib/bytes.ts";
import { isClientError } from "../lib/errors.ts";
import { unlock, unwrap, wrap } from "../lib/passphrase.ts";

/* eslint-disable-next-line -- vectors are read as they are; a wrong shape fails the run */
type Json = any;
const bytesOf = (text: string): ReturnType<typeof fromHex> => (/^([0-9a-f]{2})*$/.test(text) ? fromHex(text) : fromBase64(text));

async function passphrase(file: Json): Promise<{ proved: number; complaints: string[] }> {
  const complaints: string[] = [];
  let proved = 0;
  const same = (name: string, got: unknown, wanted: unknown): void => {
    proved += 1;
    if (got !== wanted) complaints.push(`${name}: ${String(got)} instead of ${String(wanted)}`);
  };
  for (const row of file.unlock) {
    const keys = await unlock(row.passphrase, fromHex(row.salt), row.memory_kib, row.passes);
    same("login key", toHex(keys.loginKey), row.login_key);
    same("wrapping key", toHex(keys.wrappingKey), row.wrapping_key);
  }
  for (const row of file.wrap) {
    same("unwrap", toBase64(unwrap(bytesOf(row.wrapped), fromHex(row.wrapping_key))), toBase64(bytesOf(row.seed)));
    same("wrap and unwrap", toBase64(unwrap(wrap(bytesOf(row.seed), fromHex(row.wrapping_key)), fromHex(row.wrapping_key))), toBase64(bytesOf(row.seed)));
  }
  for (const row of file.refused) {
    try {
      unwrap(bytesOf(row.wrapped), fromHex(row.wrapping_key));
      same(row.name, "accepted", "refused");
    } catch (error) {
      same(row.name, isClientError(error, "passphrase_wrong"), true);
    }
  }
  for (const row of file.costs_refused) {
    same(`cost ${row.memory_kib} ${row.passes}`, await unlock("x", new Uint8Array(16), row.memory_kib, row.passes).then(() => "accepted", (error: unknown) => error instanceof RangeError), true);
  }
  const keys = await unlock("Größe 7 übt heute", new Uint8Array(16), 19456, 2);
  const seed = crypto.getRandomValues(new Uint8Array(32));
  same("round trip", toHex(unwrap(wrap(seed, keys.wrappingKey), keys.wrappingKey)), toHex(seed));
  return { proved, complaints };
}

/** What the browser writes for Python. */
async function writePassphrases(): Promise<Json> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const unlocked: Json[] = [];
  for (const passphrase of ["Über den Wolken 42", "U\u0308ber den Wolken 42"]) {
    const keys = await unlock(passphrase, salt, 19456, 3);
    unlocked.push({ passphrase, salt: toHex(salt), memory_kib: 19456, passes: 3, login_key: toHex(keys.loginKey), wrapping_key: toHex(keys.wrappingKey) });
  }
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const wrapping = unlocked[0].wrapping_key as string;
  return { format: "erstkontakt-vectors/1", unlock: unlocked, wrap: [{ seed: toHex(seed), wrapping_key: wrapping, wrapped: toBase64(wrap(seed, fromHex(wrapping))) }], refused: [], costs_refused: [] };
}

Object.assign(window, { vectors: { passphrase, writePassphrases } });
