/**
 * First contact, from text to receipt. The text leaves this module only inside an envelope: there is no path that posts it otherwise, and any
 * failure is a ClientError while the page still holds the text.
 */
import { type AgreementForm, agreementPayload } from "./agreement.ts";
import { type ContactReceipt, postContact, StaleKey } from "./api.ts";
import { type Bytes, equal } from "./bytes.ts";
import { type Directory, readDirectory, type Team } from "./directory.ts";
import { Kind, seal } from "./envelope.ts";
import { ClientError } from "./errors.ts";
import { Identity, MailboxKeys } from "./identity.ts";
import { type ContactForm, contactPayload } from "./payloads.ts";
import { generate, stretch } from "./return_code.ts";
import { lookUp, type Question } from "./routing.ts";

export type Clock = () => Date;
const systemClock: Clock = () => new Date();

/** A code and what follows from it. Made once per form: sending twice is then one contact, because the mailbox is the same. */
export interface PreparedCode {
  readonly words: readonly string[];
  readonly identity: Identity;
  readonly mailbox: MailboxKeys;
  /** the salt and cost it was stretched with */
  readonly cost: Directory["code"];
}

export interface SealedContact {
  readonly directory: Directory;
  readonly team: Team;
  readonly code: PreparedCode;
  readonly form: ContactForm;
  readonly envelope: Bytes;
  /** a wish to be called, sealed apart so that it can be erased sooner */
  readonly agreement: SealedAgreement | null;
}

export interface SealedAgreement {
  readonly form: AgreementForm;
  readonly envelope: Bytes;
}

export interface Receipt {
  /** eight words, to be shown now and never again */
  readonly words: readonly string[];
  readonly team: Team;
  /** local days, or null when the server names none */
  readonly answerBy: string | null;
  readonly eraseOn: string | null;
  /** the directory that was right in the end; the page keeps it */
  readonly directory: Directory;
  /** true when the team's key had changed and everything was sealed again */
  readonly sealedAgain: boolean;
}

/** The local day that opening hours and closures mean, wherever the device says it is. */
export function berlinDay(now: Date): string {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: "Europe/Berlin", year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(now);
  const part = (wanted: string): string => parts.find(({ type }) => type === wanted)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}`;
}

/** The question that the routing table answers, from a form. */
export function questionOf(form: Pick<ContactForm, "kreis" | "phenomena" | "role" | "onlyCivil" | "notCarriers">, directory: Directory, now: Date): Question {
  return { ...form, closed: directory.closedOn(berlinDay(now)) };
}

/**
 * Draws the code and does the slow part (Argon2id) ahead of sending; start it when the person begins to write. `progress` 0 to 1.
 * With `words` it stretches these instead of drawing new ones.
 */
export async function prepareCode(directory: Directory, progress?: (done: number) => void, words: readonly string[] = generate()): Promise<PreparedCode> {
  const cost = directory.code;
  const seed = await stretch(words, cost.salt, cost.memoryKib, cost.passes, progress);
  const [identity, mailbox] = [await Identity.fromSeed(seed), await MailboxKeys.fromSeed(seed)];
  seed.fill(0);
  return { words, identity, mailbox, cost };
}

/**
 * Seals the form for one team and for the person. Throws empty_text, too_large, team_unknown, key_forged, network.
 * Also throws team_changed when the team breaks a hard wish of the form: a page must never have offered it.
 */
export async function sealContact(
  directory: Directory,
  code: PreparedCode,
  teamId: string,
  form: ContactForm,
  clock: Clock = systemClock,
  wanted: AgreementForm | null = null,
): Promise<SealedContact> {
  const team = directory.team(teamId);
  const now = clock();
  const payload = contactPayload(form, code.identity, now);
  assertWished(directory, team, form);
  const key = await directory.keyOf(team);
  const envelope = await seal(Kind.CONTACT, code.mailbox.id, payload, [key, code.identity], code.identity);
  payload.fill(0);
  return { directory, team, code, form, envelope, agreement: wanted && (await sealAgreement(directory, code, team, wanted, now)) };
}

/** Number and rules for one team and for the person, signed by the person. */
export async function sealAgreement(directory: Directory, code: PreparedCode, team: Team, form: AgreementForm, now: Date): Promise<SealedAgreement> {
  const payload = agreementPayload(form, now);
  const envelope = await seal(Kind.CALLBACK, code.mailbox.id, payload, [await directory.keyOf(team), code.identity], code.identity);
  payload.fill(0);
  return { form, envelope };
}

/**
 * Sends. A stale key is healed here, once: the newer directory must be signed by the same root, must not be older, and must still offer this
 * team for this question under the same facts; otherwise team_changed, and the person chooses again.
 * Throws network | unavailable | busy | too_large | refused | stamp | directory_* | team_* | stale_twice | mailbox_taken.
 */
export async function sendContact(sealed: SealedContact, clock: Clock = systemClock): Promise<Receipt> {
  try {
    return receiptOf(sealed, await post(sealed, clock), false);
  } catch (error) {
    if (!(error instanceof StaleKey)) throw error;
    const again = await sealAgain(sealed, error.directory, clock);
    try {
      return receiptOf(again, await post(again, clock), true);
    } catch (second) {
      throw second instanceof StaleKey ? new ClientError("stale_twice") : second;
    }
  }
}

function post({ team, code, form, envelope, agreement }: SealedContact, clock: Clock): Promise<ContactReceipt> {
  const wanted = agreement && { windows: agreement.form.windows, envelope: agreement.envelope };
  return postContact(team.id, code.mailbox, form.urgent, envelope, wanted, clock());
}

function receiptOf({ code, team, directory }: SealedContact, answer: ContactReceipt, sealedAgain: boolean): Receipt {
  return { words: code.words, team, answerBy: answer.answer_by, eraseOn: answer.erase_on, directory, sealedAgain };
}

async function sealAgain(sealed: SealedContact, newer: Bytes, clock: Clock): Promise<SealedContact> {
  const now = clock();
  const directory = await readDirectory(newer, sealed.directory.root, now, sealed.directory.version);
  assertSameOffer(sealed.directory, directory, sealed.team, questionOf(sealed.form, directory, now));
  const code = sameCost(sealed.code.cost, directory.code) ? sealed.code : await prepareCode(directory, undefined, sealed.code.words);
  return sealContact(directory, code, sealed.team.id, sealed.form, clock, sealed.agreement?.form ?? null);
}

function sameCost(a: Directory["code"], b: Directory["code"]): boolean {
  return equal(a.salt, b.salt) && a.memoryKib === b.memoryKib && a.passes === b.passes;
}

/** Hard wishes, checked against the facts of the team itself and not only against the routing table. */
export function assertWished(directory: Directory, team: Team, wishes: Pick<ContactForm, "onlyCivil" | "notCarriers">): void {
  const carrier = directory.carrierOf(team);
  if ((wishes.onlyCivil && carrier.kind !== "civil") || wishes.notCarriers.includes(carrier.id)) throw new ClientError("team_changed", "hard wish");
}

/** What the person was told about the reader must still hold: same carrier, same kind, same duty to prosecute, still offered. */
export function assertSameOffer(held: Directory, newer: Directory, team: Team, question: Question): void {
  const now = newer.teams.find(({ id }) => id === team.id);
  if (!now || now.kid === team.kid) throw new ClientError("team_changed", now ? "same key" : "gone");
  const [before, after] = [held.carrierOf(team), newer.carrierOf(now)];
  if (before.id !== after.id || before.kind !== after.kind || before.legality_principle !== after.legality_principle) throw new ClientError("team_changed", "carrier");
  const { candidates, alternatives } = lookUp(newer.routing, question);
  if (![...candidates, ...alternatives].some((offered) => offered.team === team.id)) throw new ClientError("team_changed", "not offered");
}
