/** HPKE (RFC 9180), base mode: X-Wing (0x647a), HKDF-SHA256 (0x0001), AES-256-GCM (0x0002). The only place that knows the library. */
import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { type Bytes, concat, webCrypto } from "./bytes.ts";
import { ClientError } from "./errors.ts";

export const KEM_PUBLIC_SIZE = 1216;
export const ENC_SIZE = 1120;
/** HPKE overhead for one 32-byte content key: encapsulation + AES-GCM tag. */
export const WRAPPED_SIZE = 48;

function newSuite(): CipherSuite {
  webCrypto();
  return new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
}

let held: CipherSuite | undefined;
const suite = (): CipherSuite => (held ??= newSuite());

export async function kemPublicFromSeed(kemSeed: Bytes): Promise<Bytes> {
  const kem = suite().kem as unknown as XWing;
  const pair = await kem.generateKeyPairDerand(kemSeed.slice());
  return new Uint8Array(await kem.serializePublicKey(pair.publicKey));
}

/** 1120 bytes encapsulation followed by 48 bytes wrapped key. Throws ClientError key_forged for a key that is none. */
export async function wrapKey(contentKey: Bytes, kemPublic: Bytes, info: Bytes): Promise<Bytes> {
  const hpke = suite();
  let sender: Awaited<ReturnType<CipherSuite["createSenderContext"]>>;
  try {
    const recipientPublicKey = await hpke.kem.deserializePublicKey(kemPublic.slice());
    sender = await hpke.createSenderContext({ recipientPublicKey, info });
  } catch {
    // Not an ML-KEM key, or an X25519 key of small order: keys may come from a stranger's contact.
    throw new ClientError("key_forged", "nothing can be sealed to this key");
  }
  return concat(new Uint8Array(sender.enc), new Uint8Array(await sender.seal(contentKey)));
}

export async function unwrapKey(wrapped: Bytes, kemSeed: Bytes, info: Bytes): Promise<Bytes> {
  const hpke = suite();
  try {
    const recipientKey = await hpke.kem.deserializePrivateKey(kemSeed.slice());
    const reader = await hpke.createRecipientContext({ recipientKey, enc: wrapped.slice(0, ENC_SIZE), info });
    return new Uint8Array(await reader.open(wrapped.slice(ENC_SIZE)));
  } catch {
    throw new ClientError("envelope_unreadable");
  }
}
