/** One 32-byte seed, one identity: keys to read with, keys to sign with, and (help-seekers) a mailbox. crypto/FORMAT.md section "identity". */
import { getPublicKeyAsync, hashes, signAsync, verifyAsync } from "@noble/ed25519";
import { type Bytes, derive, sha256, webCrypto } from "./bytes.ts";
import { kemPublicFromSeed } from "./hpke.ts";

hashes.sha512Async = async (message) => new Uint8Array(await webCrypto().digest("SHA-512", message as Bytes));

/** What others need to seal to somebody and to check what they signed. kem 1216 bytes, verify 32 bytes. */
export interface PublicIdentity {
  readonly kem: Bytes;
  readonly verify: Bytes;
}

/** First 8 bytes of SHA-256(kem): how an envelope names its readers. */
export function kidOf(kem: Uint8Array): Bytes {
  return sha256(kem).slice(0, 8);
}

/** Keeps its secrets in private fields: neither JSON nor a console print shows them. */
export class Identity implements PublicIdentity {
  readonly kem: Bytes;
  readonly verify: Bytes;
  readonly #kemSeed: Bytes;
  readonly #signSeed: Bytes;

  private constructor(kem: Bytes, verify: Bytes, kemSeed: Bytes, signSeed: Bytes) {
    this.kem = kem;
    this.verify = verify;
    this.#kemSeed = kemSeed;
    this.#signSeed = signSeed;
  }

  static async fromSeed(seed: Uint8Array): Promise<Identity> {
    if (seed.length !== 32) throw new RangeError("a seed has 32 bytes");
    const kemSeed = await derive(seed, "erstkontakt/1 hpke", 32);
    const signSeed = await derive(seed, "erstkontakt/1 sign", 32);
    return new Identity(await kemPublicFromSeed(kemSeed), (await getPublicKeyAsync(signSeed)) as Bytes, kemSeed, signSeed);
  }

  get kid(): Bytes {
    return kidOf(this.kem);
  }

  /** Ed25519, 64 bytes. */
  async sign(message: Uint8Array): Promise<Bytes> {
    return (await signAsync(message, this.#signSeed)) as Bytes;
  }

  /** For the envelope module alone: the X-Wing seed. */
  kemSeed(): Bytes {
    return this.#kemSeed;
  }
}

/** False for anything that is not a valid signature, also for malformed keys. Strict RFC 8032 checking, as libsodium does. */
export async function verifies(signature: Uint8Array, message: Uint8Array, verify: Uint8Array): Promise<boolean> {
  try {
    return await verifyAsync(signature, message, verify, { zip215: false });
  } catch {
    return false;
  }
}

/** The help-seeker's mailbox: id (16) is known to the server, token (32) opens it, the server keeps only SHA-256(token). */
export class MailboxKeys {
  readonly id: Bytes;
  readonly #token: Bytes;

  private constructor(id: Bytes, token: Bytes) {
    this.id = id;
    this.#token = token;
  }

  static async fromSeed(seed: Uint8Array): Promise<MailboxKeys> {
    return new MailboxKeys(await derive(seed, "erstkontakt/1 mailbox", 16), await derive(seed, "erstkontakt/1 token", 32));
  }

  get tokenHash(): Bytes {
    return sha256(this.#token);
  }

  token(): Bytes {
    return this.#token;
  }
}
