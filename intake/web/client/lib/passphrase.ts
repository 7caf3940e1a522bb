/** Counsellors' passphrase: it never leaves the browser. Console only, because hash-wasm needs WebAssembly. crypto/FORMAT.md section "member". */
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { argon2id } from "hash-wasm";
import { type Bytes, concat, randomBytes, utf8 } from "./bytes.ts";
import { ClientError } from "./errors.ts";

export interface PassphraseKeys {
  /** 32 bytes; the server keeps a hash of it */
  readonly loginKey: Bytes;
  /** 32 bytes; stays here and opens the member's seed */
  readonly wrappingKey: Bytes;
}

const MEMBER = utf8("erstkontakt/1 member");

/** Argon2id v1.3, one lane, 64 bytes, over the NFC-normalised passphrase. */
export async function unlock(passphrase: string, salt: Bytes, memoryKib: number, passes: number): Promise<PassphraseKeys> {
  // The server names the costs, so they have a floor: nobody may make a passphrase cheap to guess.
  if (!passphrase || salt.length !== 16 || memoryKib < 19_456 || memoryKib > 1_048_576 || passes < 2 || passes > 16) throw new RangeError("Argon2id: salt of 16 bytes, 19,456 to 1,048,576 KiB, 2 to 16 passes");
  const stretched = await argon2id({
    password: utf8(passphrase.normalize("NFC")),
    salt,
    parallelism: 1,
    iterations: passes,
    memorySize: memoryKib,
    hashLength: 64,
    outputType: "binary",
  });
  return { loginKey: stretched.slice(0, 32) as Bytes, wrappingKey: stretched.slice(32) as Bytes };
}

/** nonce(24) || XChaCha20-Poly1305(seed). */
export function wrap(seed: Bytes, wrappingKey: Bytes): Bytes {
  const nonce = randomBytes(24);
  return concat(nonce, xchacha20poly1305(wrappingKey, nonce, MEMBER).encrypt(seed));
}

/** Throws ClientError passphrase_wrong. */
export function unwrap(wrapped: Bytes, wrappingKey: Bytes): Bytes {
  if (wrapped.length !== 72) throw new ClientError("passphrase_wrong");
  try {
    return xchacha20poly1305(wrappingKey, wrapped.slice(0, 24), MEMBER).decrypt(wrapped.slice(24)) as Bytes;
  } catch {
    throw new ClientError("passphrase_wrong");
  }
}
