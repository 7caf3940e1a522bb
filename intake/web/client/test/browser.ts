/**
 * The page script of tests/browser/test_vectors.py: runs crypto/vectors on the library exactly as it is bundled for help-seekers, and writes the
 * vectors that Python reads. Every function gives how many cases it has proved and a list of complaints.
 */
import { type Bytes, concat, derive, equal, fromBase64, fromHex, randomBytes, sha256, toBase64, toHex, utf8 } from "../lib/bytes.ts";
import { readDirectory } from "../lib/directory.ts";
import { BUCKETS, inspect, Kind, open, seal } from "../lib/envelope.ts";
import { ClientError } from "../lib/errors.ts";
import { fingerprint } from "../lib/fingerprint.ts";
import { Identity, MailboxKeys, verifies } from "../lib/identity.ts";
import { answerPayload, contactPayload, messagePayload, notePayload } from "../lib/payloads.ts";
import { generate, parse, ReturnCodeUnclear, spell, stretch } from "../lib/return_code.ts";
import { solveStamp } from "../lib/stamp.ts";
import { WORDS } from "../lib/words.ts";

interface Outcome {
  proved: number;
  complaints: string[];
}

class Court {
  readonly outcome: Outcome = { proved: 0, complaints: [] };
  same(name: string, got: unknown, wanted: unknown): void {
    this.outcome.proved += 1;
    const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
    if (a !== b) this.outcome.complaints.push(`${name}: ${a?.slice(0, 300)} instead of ${b?.slice(0, 300)}`);
  }
  async refuses(name: string, attempt: () => Promise<unknown> | unknown, ...codes: string[]): Promise<void> {
    this.outcome.proved += 1;
    try {
      await attempt();
      this.outcome.complaints.push(`${name}: accepted`);
    } catch (error) {
      const code = error instanceof ClientError ? error.code : String(error);
      if (!codes.includes(code)) this.outcome.complaints.push(`${name}: ${code} instead of ${codes.join(" or ")}`);
    }
  }
}

/* eslint-disable-next-line -- vectors are read as they are; a wrong shape fails the run */
type Json = any;

async function identity(file: Json): Promise<Outcome> {
  const court = new Court();
  for (const row of file.identities) {
    const seed = fromHex(row.seed);
    for (const { info, length, out } of row.derive) court.same(`${row.name} ${info}`, toHex(await derive(seed, info, length)), out);
    const who = await Identity.fromSeed(seed);
    const mailbox = await MailboxKeys.fromSeed(seed);
    court.same(`${row.name} kem`, toBase64(who.kem), row.kem);
    court.same(`${row.name} verify`, toHex(who.verify), row.verify);
    court.same(`${row.name} kid`, toHex(who.kid), row.kid);
    court.same(`${row.name} fingerprint`, fingerprint(who), row.fingerprint);
    court.same(`${row.name} mailbox`, [toHex(mailbox.id), toHex(mailbox.token()), toHex(mailbox.tokenHash)], [row.mailbox, row.token, row.token_hash]);
    const message = fromHex(row.message);
    court.same(`${row.name} signature`, toBase64(await who.sign(message)), toBase64(bytesOf(row.signature)));
    court.same(`${row.name} prints nothing`, JSON.stringify(who).includes(row.seed), false);
  }
  for (const row of file.signatures) court.same(`signature: ${row.name}`, await verifies(bytesOf(row.signature), bytesOf(row.message), bytesOf(row.verify)), row.valid);
  const sender = await Identity.fromSeed(new Uint8Array(32));
  for (const row of file.hostile_keys) await court.refuses(`hostile key: ${row.name}`, () => seal(Kind.NOTE, new Uint8Array(16), utf8("{}"), [{ kem: fromBase64(row.kem) }], sender), "key_forged");
  return court.outcome;
}

/** Short values are hex, long ones base64; only base64 has capitals, "+", "/" or "=" here. */
function bytesOf(text: string): Bytes {
  return /^([0-9a-f]{2})*$/.test(text) ? fromHex(text) : fromBase64(text);
}

async function returnCode(file: Json): Promise<Outcome> {
  const court = new Court();
  court.same("word list", toHex(sha256(utf8(WORDS.map((word) => `${word}\n`).join("")))), file.words_sha256);
  for (const row of file.generate) court.same(`generate ${row.random}`, spell(fromHex(row.random)), row.words);
  for (const row of file.parse) {
    try {
      court.same(`parse ${row.text}`, parse(row.text), row.words ?? "refused");
    } catch (error) {
      if (!(error instanceof ReturnCodeUnclear)) throw error;
      court.same(`parse ${row.text}`, { problems: error.problems, count: error.count }, { problems: row.problems, count: row.count });
    }
  }
  for (const row of file.stretch) court.same("stretch", toHex(await stretch(row.words, fromHex(row.salt), row.memory_kib, row.passes)), row.seed);
  court.same("a new code is read back", parse(generate().join(" ")).length, 8);
  court.same("two codes differ", equal(utf8(generate().join()), utf8(generate().join())), false);
  return court.outcome;
}

async function costs(file: Json): Promise<Outcome> {
  const court = new Court();
  for (const { memory_kib, passes } of file.costs_refused) await court.refuses(`cost ${memory_kib} ${passes}`, () => stretch(generate(), new Uint8Array(16), memory_kib, passes), "RangeError: Argon2id: salt of 16 bytes, 19,456 to 1,048,576 KiB, 2 to 16 passes");
  return court.outcome;
}

/** Documents are proved by their signature first: a right one of another shape is malformed, a wrong one forged, whatever it holds. */
async function signing(file: Json): Promise<Outcome> {
  const court = new Court();
  for (const row of file.documents) {
    const attempt = (): Promise<unknown> => readDirectory(fromBase64(row.blob), bytesOf(row.root), new Date(0));
    // A document that is refused only as another kind is a genuine directory to us.
    const genuine = !row.refused || row.kind !== "directory";
    await court.refuses(`document: ${row.name}`, attempt, genuine ? "directory_malformed" : "directory_forged");
  }
  return court.outcome;
}

const ERROR: Record<string, string> = { malformed: "envelope_malformed", unreadable: "envelope_unreadable", forged: "signature_forged" };

async function envelope(file: Json): Promise<Outcome> {
  const court = new Court();
  const people = new Map<string, Identity>();
  for (const [name, seed] of Object.entries(file.seeds)) people.set(name, await Identity.fromSeed(fromHex(seed as string)));
  const person = (name: string): Identity => people.get(name)!;
  const rows = new Map<string, Json>(file.opened.map((row: Json) => [row.name, row]));

  for (const row of file.opened) {
    const sealed = fromBase64(row.envelope);
    const header = inspect(sealed);
    court.same(`${row.name} header`, [header.kind, toHex(header.context), header.kids.map(toHex), header.bucket], [row.kind, row.context, row.kids, row.bucket]);
    for (const reader of row.readers) {
      const senders = row.kind === Kind.CONTACT ? {} : { senders: [person("other").verify, person(row.signer).verify] };
      const opened = await open(sealed, person(reader), { context: fromHex(row.context), ...senders });
      court.same(`${row.name} for ${reader}`, [toBase64(opened.payload), toHex(opened.senderVerify)], [toBase64(bytesOf(row.payload)), toHex(person(row.signer).verify)]);
    }
  }

  const refused = async (name: string, row: Json, sealed: Bytes): Promise<void> => {
    const base = row.of === undefined ? undefined : rows.get(row.of);
    const kind = sealed[4];
    const signer = row.signer === undefined ? (kind === Kind.CONTACT ? null : base.signer) : row.signer;
    const reader = person(row.reader ?? base.readers[0]);
    const expect = { context: fromHex(row.context ?? base.context), ...(signer === null ? {} : { senders: [person(signer).verify] }) };
    if (row.error === "malformed") await court.refuses(`${name} (inspect)`, () => inspect(sealed), "envelope_malformed");
    await court.refuses(name, () => open(sealed, reader, expect), ERROR[row.error]!);
  };
  for (const row of file.refused) await refused(row.name, row, edited(row, rows));
  for (const row of file.flips) {
    for (const offset of row.offsets) {
      const sealed = fromBase64(rows.get(row.of).envelope);
      sealed[offset < 0 ? sealed.length + offset : offset]! ^= row.mask;
      await refused(`flip of ${row.of} at ${offset}`, row, sealed);
    }
  }
  return court.outcome;
}

function edited(row: Json, rows: Map<string, Json>): Bytes {
  let sealed = fromBase64(row.envelope ?? rows.get(row.of).envelope);
  const at = (offset: number): number => (offset < 0 ? sealed.length + offset : offset);
  if (row.flip) sealed[at(row.flip[0])]! ^= row.flip[1];
  if (row.replace) sealed.set(fromHex(row.replace[1]), at(row.replace[0]));
  if (row.keep !== undefined) sealed = sealed.slice(0, row.keep);
  if (row.add) sealed = concat(sealed, fromHex(row.add));
  if (row.pad_to) sealed = concat(sealed, new Uint8Array(Math.max(0, row.pad_to - sealed.length)));
  return sealed;
}

/** What the browser writes for Python: envelopes of every kind and size, and forgeries that only a sealing party can make. */
async function writeEnvelopes(): Promise<Json> {
  const seeds: Record<string, Bytes> = {};
  const people: Record<string, Identity> = {};
  for (const name of ["person", "team", "other", "member"]) people[name] = await Identity.fromSeed((seeds[name] = randomBytes(32)));
  const when = new Date("2026-11-22T02:10:42Z");
  const person = people["person"]!;
  const form = { lang: "de", role: "relative", phenomena: ["RE"], kreis: "DE80M", text: "Größe, 😀 und „Anführung“", urgent: true, onlyCivil: true, notCarriers: ["x"] } as const;
  const opened: Json[] = [];
  const write = async (name: string, kind: Kind, payload: Bytes, readers: string[], signer: string): Promise<void> => {
    const context = randomBytes(16);
    const sealed = await seal(kind, context, payload, readers.map((reader) => people[reader]!), people[signer]!);
    const { kids, bucket } = inspect(sealed);
    opened.push({ name, kind, context: toHex(context), readers, signer, kids: kids.map(toHex), bucket, payload: toBase64(payload), envelope: toBase64(sealed) });
  };
  await write("contact", Kind.CONTACT, contactPayload(form, person, when), ["team", "person"], "person");
  await write("message", Kind.MESSAGE, messagePayload("Noch etwas", when), ["team", "person"], "person");
  await write("answer", Kind.ANSWER, answerPayload("Wir sind da.", "Beratungsteam", when), ["person", "team"], "team");
  await write("note", Kind.NOTE, notePayload("Rückruf?", "Mira", when), ["team"], "team");
  await write("grant", Kind.GRANT, utf8(JSON.stringify({ v: 1, team: "team", epoch: 1, seed: toBase64(randomBytes(32)) })), ["member"], "team");
  await write("five readers of nothing", Kind.RECORD, utf8(""), ["team", "person", "other", "member"], "other");
  for (const [bucket, difference] of [[BUCKETS[0]!, -1], [BUCKETS[0]!, 0], [BUCKETS[0]!, 1], [BUCKETS[1]!, 0], [BUCKETS[1]!, 1]] as const) {
    await write(`bucket ${bucket}, ${difference}`, Kind.NOTE, new Uint8Array(bucket - 65 + difference).fill(0x80), ["team"], "other");
  }
  const refused: Json[] = [
    { name: "for another reader", of: "contact", reader: "other", error: "unreadable" },
    { name: "in another mailbox", of: "contact", context: "00".repeat(16), error: "unreadable" },
    { name: "answer by somebody else", of: "answer", signer: "other", error: "forged" },
    { name: "body damaged", of: "message", flip: [6000, 1], error: "unreadable" },
    { name: "cut", of: "note", keep: 4000, error: "malformed" },
  ];
  const impostor = await Identity.fromSeed(randomBytes(32));
  const context = randomBytes(16);
  const readers = [people["team"]!, person];
  refused.push({ name: "contact signed by another key than it carries", error: "forged", reader: "team", context: toHex(context), envelope: toBase64(await seal(Kind.CONTACT, context, contactPayload(form, person, when), readers, impostor)) });
  refused.push({ name: "contact without a key", error: "forged", reader: "team", context: toHex(context), envelope: toBase64(await seal(Kind.CONTACT, context, utf8("{}"), readers, person)) });
  return { format: "erstkontakt-vectors/1", seeds: Object.fromEntries(Object.entries(seeds).map(([name, seed]) => [name, toHex(seed)])), opened, refused, flips: [] };
}

/** For Python to check: a stamp of the given difficulty. */
async function stamp(envelope64: string, bits: number, hour: number): Promise<Json> {
  const started = performance.now();
  const solved = await solveStamp(fromBase64(envelope64), bits, hour);
  return { ...solved, ms: performance.now() - started };
}

/** Return code to keys, as a help-seeker waits for it; `longest` is the longest time between two frames on the screen, in milliseconds. */
async function measure(memoryKib: number, passes: number): Promise<Json> {
  let longest = 0;
  let last = performance.now();
  let running = true;
  const tick = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (running) requestAnimationFrame(tick);
  };
  tick();
  const start = performance.now();
  const seed = await stretch(generate(), new Uint8Array(16), memoryKib, passes);
  const stretched = performance.now();
  running = false;
  const who = await Identity.fromSeed(seed);
  const keys = performance.now();
  const sealed = await seal(Kind.CONTACT, new Uint8Array(16), contactPayload({ lang: "de", role: "exit", phenomena: [], kreis: null, text: "x", urgent: false, onlyCivil: false, notCarriers: [] }, who, new Date()), [who, await Identity.fromSeed(randomBytes(32))], who);
  const sealedAt = performance.now();
  await open(sealed, who, { context: new Uint8Array(16) });
  return { stretch: stretched - start, identity: keys - stretched, seal_and_identity: sealedAt - keys, open: performance.now() - sealedAt, longest };
}

Object.assign(window, { vectors: { identity, returnCode, costs, signing, envelope, writeEnvelopes, stamp, measure } });
