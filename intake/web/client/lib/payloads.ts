/** What is inside envelopes: one closed schema per kind (crypto/FORMAT.md). Writers give bytes, readers give checked plain text. */
import { type Bytes, fromUtf8, toBase64, utf8 } from "./bytes.ts";
import { ClientError } from "./errors.ts";
import type { PublicIdentity } from "./identity.ts";
import { clean, flag, integer, list, matching, nullable, object, oneOf, optional, type Reader, readJson, text } from "./schema.ts";

export const MAX_TEXT = 200_000;
export const ROLES = ["exit", "relative", "professional", "own_concern"] as const;
export type Role = (typeof ROLES)[number];
export const PHENOMENA = ["RE", "IS", "LE", "AB", "RB", "VD", "HG", "unknown"] as const;
export type Phenomenon = (typeof PHENOMENA)[number];

const base64 = (length: number): Reader<string> => matching(new RegExp(`^[A-Za-z0-9+/]{${Math.ceil(length / 3) * 4 - ((3 - (length % 3)) % 3)}}={0,2}$`));
const sent = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/);
const letter = text(MAX_TEXT);
const shortText = text(300);

const contact = object({
  v: oneOf([1]),
  lang: matching(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/),
  role: oneOf(ROLES),
  phenomena: list(oneOf(PHENOMENA), PHENOMENA.length),
  kreis: nullable(matching(/^DE[A-Z0-9]{1,3}$/)),
  text: letter,
  urgent: flag,
  wishes: object({ only_civil: flag, not_carriers: list(text(100, 1), 200) }),
  keys: object({ kem: base64(1216), verify: base64(32) }),
  sent,
});
export type ContactPayload = ReturnType<typeof contact>;

/** The person's yes or no to a hand-over, signed with everything else: a server cannot invent it. */
const consent = object({ handover: matching(/^[0-9a-f]{32}$/), to: text(100, 1), agree: flag });
export type Consent = ReturnType<typeof consent>;
const message = object({ v: oneOf([1]), text: letter, sent, consent: optional(nullable(consent), null) });
export type MessagePayload = ReturnType<typeof message>;

const answer = object({ v: oneOf([1]), text: letter, from: shortText, sent });
export type AnswerPayload = ReturnType<typeof answer>;

const note = object({ v: oneOf([1]), text: letter, by: shortText, sent });
export type NotePayload = ReturnType<typeof note>;

/** A sheet of the documentation of a case, or the reason for one of its steps. */
const record = object({
  v: oneOf([1]),
  sheet: text(40, 1),
  fields: list(object({ title: shortText, text: text(20_000) }), 40),
  dates: list(matching(/^\d{4}-\d\d-\d\d$/), 400),
  by: shortText,
  sent,
});
export type RecordPayload = ReturnType<typeof record>;

const grant = object({ v: oneOf([1]), team: text(100, 1), epoch: integer(1, 1_000_000), seed: base64(32) });
export type GrantPayload = ReturnType<typeof grant>;

const attachmentHead = object({ v: oneOf([1]), name: shortText, type: text(130), sent });
/** `name` and `type` (MIME) are what the sender said of it; `content` is whatever it is. */
export type AttachmentPayload = ReturnType<typeof attachmentHead> & { readonly content: Bytes };

const blocks = object({ v: oneOf([1]), blocks: list(object({ title: shortText, text: text(20_000) }), 500) });
export type BlocksPayload = ReturnType<typeof blocks>;

/** Only on a field visit: where, with whom, in which car, and the word that means danger. */
const sheet = object({ v: oneOf([1]), place: text(2_000), person: text(2_000), car: text(300), code_word: text(300), more: text(4_000), by: shortText, sent });
export type SheetPayload = ReturnType<typeof sheet>;

const reading =
  <T>(reader: Reader<T>) =>
  (payload: Bytes): T => {
    let json: string;
    try {
      json = fromUtf8(payload);
    } catch {
      throw new ClientError("payload_malformed", "not UTF-8");
    }
    return readJson(reader, json, "payload_malformed");
  };

export const readContact = reading(contact);
export const readMessage = reading(message);
export const readAnswer = reading(answer);
export const readNote = reading(note);
export const readRecord = reading(record);
export const readGrant = reading(grant);
export const readBlocks = reading(blocks);
export const readSheet = reading(sheet);

const readAttachmentHead = reading(attachmentHead);

/** A JSON object, a zero byte, the bytes of the file. */
export function readAttachment(payload: Bytes): AttachmentPayload {
  const end = payload.indexOf(0);
  if (end < 0) throw new ClientError("payload_malformed", "no head");
  return { ...readAttachmentHead(payload.slice(0, end)), content: payload.slice(end + 1) };
}

/** Minutes are enough; seconds would only help to match a contact with a line of somebody's log. */
export function minuteOf(now: Date): string {
  return `${now.toISOString().slice(0, 16)}Z`;
}

/** The text as it is sealed; throws empty_text or too_large, so that the page can say so before anything else happens. */
export function checkedText(written: string): string {
  const text = clean(written);
  if (!text.trim()) throw new ClientError("empty_text");
  if (text.length > MAX_TEXT) throw new ClientError("too_large");
  return text;
}

export interface ContactForm {
  /** language of the page, "de" or "en" */
  readonly lang: string;
  readonly role: Role;
  readonly phenomena: readonly Phenomenon[];
  /** NUTS-3 code such as DE80M, or nothing said */
  readonly kreis: string | null;
  readonly text: string;
  readonly urgent: boolean;
  /** hard wish: no state carrier, no mixed one either */
  readonly onlyCivil: boolean;
  /** hard wish: carrier ids that must not read it */
  readonly notCarriers: readonly string[];
}

export function contactPayload(form: ContactForm, keys: PublicIdentity, now: Date): Bytes {
  const payload: ContactPayload = {
    v: 1,
    lang: form.lang,
    role: form.role,
    phenomena: [...form.phenomena],
    kreis: form.kreis,
    text: checkedText(form.text),
    urgent: form.urgent,
    wishes: { only_civil: form.onlyCivil, not_carriers: [...form.notCarriers] },
    keys: { kem: toBase64(keys.kem), verify: toBase64(keys.verify) },
    sent: minuteOf(now),
  };
  return utf8(JSON.stringify(payload));
}

export function messagePayload(written: string, now: Date, decided?: Consent): Bytes {
  return utf8(JSON.stringify({ v: 1, text: checkedText(written), sent: minuteOf(now), ...(decided === undefined ? {} : { consent: decided }) }));
}

export function answerPayload(written: string, from: string, now: Date): Bytes {
  const payload: AnswerPayload = { v: 1, text: checkedText(written), from, sent: minuteOf(now) };
  return utf8(JSON.stringify(payload));
}

export function notePayload(written: string, by: string, now: Date): Bytes {
  const payload: NotePayload = { v: 1, text: checkedText(written), by, sent: minuteOf(now) };
  return utf8(JSON.stringify(payload));
}

export function recordPayload(sheet: string, fields: RecordPayload["fields"], dates: readonly string[], by: string, now: Date): Bytes {
  const payload: RecordPayload = { v: 1, sheet, fields: fields.map(({ title, text }) => ({ title, text: clean(text) })), dates: [...dates], by, sent: minuteOf(now) };
  return utf8(JSON.stringify(payload));
}

export function blocksPayload(entries: BlocksPayload["blocks"]): Bytes {
  return utf8(JSON.stringify({ v: 1, blocks: entries } satisfies BlocksPayload));
}

export function sheetPayload(fields: Omit<SheetPayload, "v" | "by" | "sent">, by: string, now: Date): Bytes {
  const { place, person, car, code_word, more } = fields;
  return utf8(JSON.stringify({ v: 1, place: clean(place), person: clean(person), car: clean(car), code_word: clean(code_word), more: clean(more), by, sent: minuteOf(now) } satisfies SheetPayload));
}
