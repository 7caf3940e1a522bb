/** Proof of work that a server can ask for without knowing anybody: bound to the envelope and the hour, so it cannot be kept or sold. */
import { sha256 as sha256Stream } from "@noble/hashes/sha2.js";
import { concat, sha256, utf8 } from "./bytes.ts";
import { ClientError } from "./errors.ts";

export interface Stamp {
  /** unix time in whole hours */
  readonly hour: number;
  readonly counter: number;
}

/** More than this would keep a slow phone busy for minutes; an honest server does not ask for it. */
export const MAX_BITS = 22;
const SLICE_MS = 12;
const LABEL = utf8("erstkontakt/1 stamp");

function u64(value: number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(value));
  return out;
}

const breath = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** SHA-256(label || hour || SHA-256(envelope) || counter) with `bits` leading zero bits. Works in slices; `bits` 0 to 22. */
export async function solveStamp(envelope: Uint8Array, bits: number, hour: number): Promise<Stamp> {
  if (!(bits >= 0 && bits <= MAX_BITS)) throw new ClientError("stamp", "asked for too much work");
  const start = concat(LABEL, u64(hour), sha256(envelope));
  const tail = new Uint8Array(3);
  const digest = new Uint8Array(32);
  const attempt = sha256Stream.create();
  let until = Date.now() + SLICE_MS;
  for (let high = 0; ; high++) {
    // 59 fixed bytes and the counter's upper five fill one block: it is hashed once, the loop only adds the last three bytes.
    const block = sha256Stream.create().update(concat(start, u64(high * 0x1000000).subarray(0, 5)));
    for (let low = 0; low < 0x1000000; low++) {
      tail[0] = low >> 16;
      tail[1] = low >> 8;
      tail[2] = low;
      block._cloneInto(attempt).update(tail).digestInto(digest);
      const leading = ((digest[0]! << 24) | (digest[1]! << 16) | (digest[2]! << 8) | digest[3]!) >>> 0;
      if (bits === 0 || leading >>> (32 - bits) === 0) return { hour, counter: high * 0x1000000 + low };
      if ((low & 127) === 127 && Date.now() >= until) {
        await breath();
        until = Date.now() + SLICE_MS;
      }
    }
  }
}

export function hourOf(now: Date): number {
  return Math.floor(now.getTime() / 3_600_000);
}
