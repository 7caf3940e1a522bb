/** What is agreed about a call: the payload of a CALLBACK envelope (crypto/FORMAT.md), written by the person's page, read by both ends. */
import { type Bytes, fromUtf8, utf8 } from "./bytes.ts";
import { ClientError } from "./errors.ts";
import { minuteOf } from "./payloads.ts";
import { clean, flag, list, matching, object, oneOf, readJson, text } from "./schema.ts";

export const ZONE = "Europe/Berlin";
export const MOST_WINDOWS = 3;

const line = text(200);
const clock = matching(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/);
/** A time on the wall clock. */
export const timeReader = object({ day: matching(/^\d{4}-\d\d-\d\d$/), from: clock, to: clock });
export type Time = ReturnType<typeof timeReader>;

const agreement = object({
  v: oneOf([1]),
  number: matching(/^\+[1-9]\d{6,14}$/),
  windows: list(timeReader, MOST_WINDOWS),
  zone: text(64, 1),
  lang: matching(/^[a-z]{2,3}$/),
  who: oneOf(["only_me", "anybody"]),
  introduce: line,
  code_word: line,
  voicemail: oneOf(["hang_up", "say"]),
  voicemail_text: line,
  somebody_else: line,
  interpreter: flag,
  sent: matching(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/),
});
/** number: E.164; texts left empty mean the harmless default of the page that shows them */
export type Agreement = ReturnType<typeof agreement>;

export type AgreementForm = Omit<Agreement, "v" | "zone" | "sent">;

export function agreementPayload(form: AgreementForm, now: Date): Bytes {
  const short = (written: string): string => clean(written).trim().slice(0, 200);
  const payload: Agreement = {
    ...form,
    v: 1,
    zone: ZONE,
    introduce: short(form.introduce),
    code_word: short(form.code_word),
    voicemail_text: form.voicemail === "say" ? short(form.voicemail_text) : "",
    somebody_else: short(form.somebody_else),
    sent: minuteOf(now),
  };
  return utf8(JSON.stringify(payload));
}

/** Throws payload_malformed. */
export function readAgreement(payload: Bytes): Agreement {
  let json: string;
  try {
    json = fromUtf8(payload);
  } catch {
    throw new ClientError("payload_malformed", "not UTF-8");
  }
  return readJson(agreement, json, "payload_malformed");
}
