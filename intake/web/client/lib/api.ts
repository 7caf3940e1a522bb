/** The help-seekers' part of the HTTP interface (/api/openapi.json): typed requests, checked answers, known refusals as ClientError. */
import { type Time, timeReader } from "./agreement.ts";
import { type Bytes, fromBase64, toBase64 } from "./bytes.ts";
import { ClientError, type ErrorCode } from "./errors.ts";
import type { MailboxKeys } from "./identity.ts";
import { askJson, failure, type Reply } from "./line.ts";
import { flag, integer, list, matching, nullable, object, oneOf, optional, type Reader, read, text } from "./schema.ts";
import { hourOf, MAX_BITS, solveStamp, type Stamp } from "./stamp.ts";

const day = matching(/^\d{4}-\d\d-\d\d$/);
const maybeDay = (value: unknown): string | null => (value === null || value === undefined ? null : day(value));
const base64 = text(24_000_000, 1);

const receipt = object({ answer_by: maybeDay, erase_on: maybeDay });
export type ContactReceipt = ReturnType<typeof receipt>;

export const STATES = ["received", "claimed", "answered", "mandated", "signposted", "forwarded", "closed"] as const;

export const CALLBACK_STATES = ["requested", "due", "attempting", "reached", "not_reached", "withdrawn", "expired"] as const;
const callback = object({
  state: oneOf(CALLBACK_STATES),
  windows: list(timeReader, 100),
  attempts: integer(0, 100),
  last: nullable(text(40)),
  envelope: nullable(base64),
});
export type CallbackAnswer = ReturnType<typeof callback>;

/** A wish to be called: the times in clear, number and rules sealed. */
export interface Wanted {
  readonly windows: readonly Time[];
  readonly envelope: Bytes;
}
const handover = object({
  id: matching(/^[0-9a-f]{32}$/), from_team: text(100, 1), to_team: text(100, 1), changed: day, consent: oneOf(["thread", "noted"]),
  stage: oneOf(["asked", "agreed", "offered", "accepted", "returned", "refused", "withdrawn", "cancelled"]), consent_day: maybeDay,
});
export type Handover = ReturnType<typeof handover>;

const counselling = object({
  kind: oneOf(["information", "one_off", "clarification", "case"]), mandate: nullable(oneOf(["voluntary", "condition", "authority"])),
  state: oneOf(["open", "paused", "ended"]), agreement: oneOf(["none", "offered", "active", "dissolved"]),
  review_on: maybeDay, companions: integer(0, 2), interval_days: nullable(integer(1, 366)), sheets: integer(0, 10_000), kept_until: maybeDay,
});
/** What the team recorded of a counselling, as far as the person may know it: no names, nothing sealed. */
export type Counselling = ReturnType<typeof counselling>;
const planned = object({ at: matching(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/), day, from: text(5, 5), to: text(5, 5) });
/** A time: the instant, and on the wall clock in Germany. */
export type PlannedTime = ReturnType<typeof planned>;
const appointment = object({
  phase: oneOf(["resting", "planned", "reminded", "open"]), number: integer(0, 1_000_000), coming: list(planned, 10), wish: nullable(planned), choices: list(planned, 40),
  interval_days: nullable(integer(1, 400)), envelope: nullable(base64),
});
export type AppointmentAnswer = ReturnType<typeof appointment>;

const mailbox = object({
  state: oneOf(STATES),
  team: text(100, 1),
  urgent: flag,
  answer_by: maybeDay,
  erase_on: maybeDay,
  entries: list(object({ number: integer(0, 1_000_000_000), author: oneOf(["person", "team"]), day, envelope: base64 }), 10_000),
  handovers: optional(list(handover, 100), []),
  attachments: optional(list(object({ after: integer(0, 1_000_000_000) }), 10_000), []),
  callback: optional(nullable(callback), null),
  case: optional(nullable(counselling), null),
  appointment: optional(nullable(appointment), null),
});
export type MailboxAnswer = ReturnType<typeof mailbox>;

const refusal = object({ error: text(100), directory: optional(base64, ""), bits: optional(integer(0, 64), -1), hour: optional(integer(0, 10_000_000), -1) });

/** The envelope was sealed to a key that is no longer current; the server sends the directory along. To be verified like any other. */
export class StaleKey extends Error {
  constructor(readonly directory: Bytes) {
    super("stale_key");
  }
}

/** What an error answer says, if it is one of ours. */
function refused(reply: Reply): ReturnType<typeof refusal> | null {
  try {
    return read(refusal, reply.body, "malformed_answer");
  } catch {
    return null;
  }
}

/** Codes of intake/errors/ that a page treats in its own way; all others go by their status. */
const KNOWN: Readonly<Record<string, ErrorCode>> = {
  mailbox_taken: "mailbox_taken",
  mailbox_erased: "mailbox_erased",
  mailbox_full: "mailbox_full",
  no_mailbox: "mailbox_missing",
  not_in_this_state: "cannot_move",
  no_time_to_call: "no_time",
  appointment_refused: "appointment_other",
  handover_state: "handover_over",
  no_handover: "handover_over",
  team_unknown: "team_changed",
  stamp: "stamp",
  directory_expired: "directory_expired",
};

function raise(reply: Reply): never {
  const said = refused(reply);
  if (reply.status === 409 && said?.error === "stale_key" && said.directory) throw new StaleKey(fromBase64(said.directory));
  const known = said && Object.prototype.hasOwnProperty.call(KNOWN, said.error) ? KNOWN[said.error] : undefined;
  if (known) throw new ClientError(known, said?.error, reply.retryAfter);
  throw failure(reply.status, reply.retryAfter);
}

async function ask<T>(path: string, body: unknown, reader: Reader<T>): Promise<T> {
  const reply = await askJson(path, body);
  if (reply.status < 200 || reply.status > 299) raise(reply);
  return read(reader, reply.body, "malformed_answer");
}

/** Bits asked for the last time; kept for the length of the page, so that under load the work is done once. */
let bits = 12;

/** Sends with a stamp; when the server wants another one (more bits, or its clock shows another hour) it is solved anew, at most three times. */
async function askStamped<T>(path: string, envelope: Bytes, body: Record<string, unknown>, reader: Reader<T>, now: Date): Promise<T> {
  let hour = hourOf(now);
  for (let attempt = 0; attempt < 4; attempt++) {
    const stamp: Stamp = await solveStamp(envelope, bits, hour);
    const reply = await askJson(path, { ...body, envelope: toBase64(envelope), stamp });
    if (reply.status >= 200 && reply.status < 300) return read(reader, reply.body, "malformed_answer");
    const said = reply.status === 428 ? refused(reply) : null;
    if (!said || said.bits < 0 || said.hour < 0) raise(reply);
    if (said.bits > MAX_BITS) throw new ClientError("busy");
    bits = said.bits;
    hour = said.hour;
  }
  throw new ClientError("stamp");
}

export function postContact(team: string, keys: MailboxKeys, urgent: boolean, envelope: Bytes, wanted: Wanted | null, now: Date): Promise<ContactReceipt> {
  const call = wanted ? { callback: { windows: wanted.windows, envelope: toBase64(wanted.envelope) } } : {};
  return askStamped("/api/contacts", envelope, { team, token_hash: toBase64(keys.tokenHash), urgent, ...call }, receipt, now);
}

/** When a team can call in the coming two weeks. */
export async function fetchTimes(team: string): Promise<Time[]> {
  return (await ask("/api/callback/times", { team }, object({ windows: list(timeReader, 1000) }))).windows;
}

const credentials = (keys: MailboxKeys): { mailbox: string; token: string } => ({ mailbox: toBase64(keys.id), token: toBase64(keys.token()) });

export function postOpen(keys: MailboxKeys): Promise<MailboxAnswer> {
  return ask("/api/mailbox/open", credentials(keys), mailbox);
}

export async function postMessage(keys: MailboxKeys, envelope: Bytes, now: Date): Promise<number> {
  const reader = object({ number: integer(0, 1_000_000_000) });
  return (await askStamped("/api/mailbox/messages", envelope, credentials(keys), reader, now)).number;
}

/** The person's yes or no; the envelope says the same, signed. */
export async function postDecision(keys: MailboxKeys, handover: string, agree: boolean, envelope: Bytes, now: Date): Promise<void> {
  await askStamped("/api/mailbox/handover", envelope, { ...credentials(keys), handover, agree }, object({}), now);
}

export async function postMove(keys: MailboxKeys, team: string, envelopes: readonly { number: number; envelope: Bytes }[], agreement: Bytes | null): Promise<void> {
  const sealed = envelopes.map(({ number, envelope }) => ({ number, envelope: toBase64(envelope) }));
  const call = agreement ? { callback: toBase64(agreement) } : {};
  await ask("/api/mailbox/move", { ...credentials(keys), team, envelopes: sealed, ...call }, object({}));
}

export function postCallback(keys: MailboxKeys, { windows, envelope }: Wanted, now: Date): Promise<CallbackAnswer> {
  return askStamped("/api/mailbox/callback", envelope, { ...credentials(keys), windows }, callback, now);
}

export function postWithdraw(keys: MailboxKeys): Promise<CallbackAnswer> {
  return ask("/api/mailbox/callback/withdraw", credentials(keys), callback);
}

/** A step of the person in the plan of contact: wish, skip or pace. Gives what holds now. */
export async function postAppointment(keys: MailboxKeys, step: "wish" | "skip" | "pace", more: object): Promise<AppointmentAnswer | null> {
  return (await ask(`/api/mailbox/appointment/${step}`, { ...credentials(keys), ...more }, object({ appointment: nullable(appointment) }))).appointment;
}

export async function postErase(keys: MailboxKeys): Promise<void> {
  await ask("/api/mailbox/erase", credentials(keys), object({ erased: flag }));
}

