/**
 * The one envelope: contact, message, answer, note, grant, and all that follows. Byte drawing in crypto/FORMAT.md.
 *
 *   "EK1\n" kind(1) n(1) context(16)  n x [ kid(8) enc(1120) wrapped(48) ]  commitment(32)  nonce(24)  body
 */
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { type Bytes, concat, equal, fromBase64, fromUtf8, randomBytes, sha256, toHex, utf8 } from "./bytes.ts";
import { ClientError } from "./errors.ts";
import { ENC_SIZE, KEM_PUBLIC_SIZE, unwrapKey, WRAPPED_SIZE, wrapKey } from "./hpke.ts";
import { type Identity, kidOf, type PublicIdentity, verifies } from "./identity.ts";

export const Kind = {
  CONTACT: 1,
  MESSAGE: 2,
  ANSWER: 3,
  NOTE: 4,
  GRANT: 5,
  ATTACHMENT: 6,
  CALLBACK: 7,
  HANDOVER: 8,
  SHEET: 9,
  RECORD: 10,
  BLOCKS: 11,
  NEVER_CALL: 12,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

export interface Header {
  readonly kind: Kind;
  readonly context: Bytes;
  readonly kids: readonly Bytes[];
  /** length of the padded plaintext in bytes */
  readonly bucket: number;
}

export interface Opened {
  readonly kind: Kind;
  readonly payload: Bytes;
  /** whose signature it carries: 32 bytes Ed25519 verify key, checked */
  readonly senderVerify: Bytes;
}

const MAGIC = utf8("EK1\n");
const PREFIX = 22;
const RECIPIENT = 8 + ENC_SIZE + WRAPPED_SIZE;
const NONCE = 24;
const TAG = 16;
const SIGNATURE = 64;
const MAX_RECIPIENTS = 64;
const MIB = 1 << 20;
const KINDS = new Set<number>(Object.values(Kind));
const INFO = utf8("erstkontakt/1 envelope");
const COMMIT = utf8("erstkontakt/1 commit");
const SIGNED = utf8("erstkontakt/1 signed");

/** Padded sizes: 4 KiB, 16 KiB, 64 KiB, 256 KiB, then whole MiB up to 12. Length alone must not tell "help" from a life story. */
export const BUCKETS: readonly number[] = [4096, 16384, 65536, 262144, ...Array.from({ length: 12 }, (_, i) => (i + 1) * MIB)];

function pad(signature: Bytes, payload: Bytes): Bytes {
  const bucket = BUCKETS.find((size) => size >= SIGNATURE + payload.length + 1);
  if (bucket === undefined) throw new ClientError("too_large");
  const padded = new Uint8Array(bucket);
  padded.set(signature);
  padded.set(payload, SIGNATURE);
  padded[SIGNATURE + payload.length] = 0x80;
  return padded;
}

/** ISO/IEC 7816-4: the payload ends before the last 0x80, and only zeros follow it. */
function unpad(padded: Bytes): Bytes {
  let end = padded.length - 1;
  while (end > SIGNATURE && padded[end] === 0) end--;
  if (end < SIGNATURE || padded[end] !== 0x80) throw new ClientError("envelope_unreadable", "padding");
  return padded.slice(SIGNATURE, end);
}

/**
 * Seals `payload` for all `recipients` (1 to 64), signed by `sender`. `context` is 16 bytes: mailbox id, or as FORMAT.md says for the kind.
 * Throws ClientError too_large above 12 MiB, key_forged for a key of the wrong form.
 */
export async function seal(kind: Kind, context: Bytes, payload: Bytes, recipients: readonly Pick<PublicIdentity, "kem">[], sender: Identity): Promise<Bytes> {
  if (context.length !== 16) throw new RangeError("a context has 16 bytes");
  const different = new Set(recipients.map(({ kem }) => toHex(kidOf(kem)))).size;
  if (different < 1 || different !== recipients.length || different > MAX_RECIPIENTS) throw new RangeError("1 to 64 different readers");
  const contentKey = randomBytes(32);
  const info = concat(INFO, Uint8Array.of(kind), context);
  const parts: Bytes[] = [MAGIC, Uint8Array.of(kind, recipients.length), context];
  for (const { kem } of recipients) {
    if (kem.length !== KEM_PUBLIC_SIZE) throw new ClientError("key_forged", "size");
    parts.push(kidOf(kem), await wrapKey(contentKey, kem, info));
  }
  parts.push(sha256(concat(COMMIT, contentKey)));
  const head = concat(...parts);
  const nonce = randomBytes(NONCE);
  const padded = pad(await sender.sign(concat(SIGNED, head, payload)), payload);
  const body = xchacha20poly1305(contentKey, nonce, head).encrypt(padded);
  padded.fill(0);
  contentKey.fill(0);
  return concat(head, nonce, body);
}

/** Looks at the form alone, without any key. Throws ClientError envelope_malformed. */
export function inspect(envelope: Uint8Array): Header {
  const malformed = (why: string): ClientError => new ClientError("envelope_malformed", why);
  if (envelope.length < PREFIX || !equal(envelope.subarray(0, 4), MAGIC)) throw malformed("magic");
  const kind = envelope[4]!;
  const count = envelope[5]!;
  if (!KINDS.has(kind)) throw malformed("kind");
  if (count < 1 || count > MAX_RECIPIENTS) throw malformed("count");
  const bucket = envelope.length - (PREFIX + count * RECIPIENT + 32 + NONCE + TAG);
  if (!BUCKETS.includes(bucket)) throw malformed("size");
  const kids = Array.from({ length: count }, (_, i) => envelope.slice(PREFIX + i * RECIPIENT, PREFIX + i * RECIPIENT + 8) as Bytes);
  if (new Set(kids.map(toHex)).size !== count) throw malformed("one reader twice");
  return { kind: kind as Kind, context: envelope.slice(6, PREFIX) as Bytes, kids, bucket };
}

/** The verify key a first contact brings along inside its payload. */
function ownVerify(payload: Bytes): Bytes {
  try {
    const { keys } = JSON.parse(fromUtf8(payload)) as { keys: { verify: string } };
    const verify = fromBase64(keys.verify);
    if (verify.length === 32) return verify;
  } catch {
    // told below: a contact without a key of its own cannot be anybody's
  }
  throw new ClientError("signature_forged", "no key inside");
}

/** The content key of one reader's stanza. Throws ClientError envelope_malformed | envelope_unreadable. */
export async function contentKeyOf(envelope: Bytes, reader: Identity, expectedContext: Bytes): Promise<Bytes> {
  const { kind, context, kids } = inspect(envelope);
  if (!equal(context, expectedContext)) throw new ClientError("envelope_unreadable", "context");
  const place = kids.findIndex((kid) => equal(kid, reader.kid));
  if (place < 0) throw new ClientError("envelope_unreadable", "reader");
  const at = PREFIX + place * RECIPIENT + 8;
  return unwrapKey(envelope.slice(at, at + ENC_SIZE + WRAPPED_SIZE), reader.kemSeed(), concat(INFO, Uint8Array.of(kind), context));
}

/**
 * Opens an envelope for one reader and proves who signed it.
 *
 * `context` is what the reader expects, never what the envelope says. `senders` are the verify keys that may have signed. A CONTACT
 * brings its own key (which must be among `senders` where they are given). Throws ClientError envelope_malformed | envelope_unreadable | signature_forged.
 */
export async function open(envelope: Bytes, reader: Identity, expect: { context: Bytes; senders?: readonly Uint8Array[] }): Promise<Opened> {
  return openWithKey(envelope, await contentKeyOf(envelope, reader, expect.context), expect);
}

/** The same with a content key that was handed over (crypto/FORMAT.md, HANDOVER): the commitment proves that it is this envelope's. */
export async function openWithKey(envelope: Bytes, contentKey: Bytes, expect: { context: Bytes; senders?: readonly Uint8Array[] }): Promise<Opened> {
  const { kind, context, kids } = inspect(envelope);
  if (!equal(context, expect.context)) throw new ClientError("envelope_unreadable", "context");
  const headLength = PREFIX + kids.length * RECIPIENT + 32;
  const head = envelope.slice(0, headLength);
  if (!equal(sha256(concat(COMMIT, contentKey)), head.slice(headLength - 32))) throw new ClientError("envelope_unreadable", "commitment");
  let padded: Bytes;
  try {
    padded = xchacha20poly1305(contentKey, envelope.slice(headLength, headLength + NONCE), head).decrypt(envelope.slice(headLength + NONCE)) as Bytes;
  } catch {
    throw new ClientError("envelope_unreadable", "body");
  }
  const payload = unpad(padded);
  let senders = expect.senders ?? [];
  if (kind === Kind.CONTACT) {
    const own = ownVerify(payload);
    if (expect.senders && !senders.some((verify) => equal(verify, own))) throw new ClientError("signature_forged", "somebody else");
    senders = [own];
  }
  const signed = concat(SIGNED, head, payload);
  const signature = padded.slice(0, SIGNATURE);
  for (const senderVerify of senders) {
    if (await verifies(signature, signed, senderVerify)) return { kind, payload, senderVerify: senderVerify as Bytes };
  }
  throw new ClientError("signature_forged");
}
