/**
 * Handing a contact to another team, in this browser. The covering letter carries the content key of every envelope, sealed for the new
 * team alone: the envelopes stay as the person and the teams signed them, so the new team proves them itself, and two hundred cost one seal.
 */
import { type Bytes, fromBase64, fromHex, fromUtf8, toBase64, utf8 } from "../lib/bytes.ts";
import type { Directory, Team } from "../lib/directory.ts";
import { contentKeyOf, inspect, Kind, open, openWithKey, seal } from "../lib/envelope.ts";
import { type Consent, minuteOf, readMessage } from "../lib/payloads.ts";
import { integer, list, matching, object, oneOf, optional, readJson, text } from "../lib/schema.ts";
import type { Api, Contact, ContactRow, Person } from "./api.ts";
import { now } from "./clock.ts";
import { type Case, latestSheets } from "./cases.ts";
import type { Keyring } from "./keys.ts";
import type { Facts } from "./thread.ts";

export const PURPOSES = ["responsible", "support", "statewide", "topic", "deputy", "conflict", "moved", "closing", "wish"] as const;
export type Purpose = (typeof PURPOSES)[number];
export const RETURN_REASONS = ["not_responsible", "no_capacity", "conflict", "unclear"] as const;
export type ReturnReason = (typeof RETURN_REASONS)[number];
export type Stage = "asked" | "agreed" | "offered" | "accepted" | "returned" | "refused" | "withdrawn" | "cancelled";

export interface Handover {
  readonly id: string;
  readonly from_team: string;
  readonly to_team: string;
  readonly purpose: Purpose;
  readonly stage: Stage;
  readonly consent: "thread" | "noted";
  readonly consent_day: string | null;
  readonly entries: number;
  readonly reason: ReturnReason | "no_answer" | null;
  readonly changed: string;
  readonly envelope: string | null;
}
export interface Offer { readonly handover: Handover; readonly contact: ContactRow }

/** A covering letter, how many entries it opens, and the number of the latest sheet it was sealed with. */
export interface Sealed { readonly envelope: string; readonly entries: number; readonly sheets: number }

export class HandoverApi {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  ask = async (mailbox: string, team: string, purpose: Purpose, noted: string | null) => (await this.#post<{ id: string }>(`contacts/${mailbox}/handovers`, { team, purpose, noted })).id;
  offer = (mailbox: string, id: string, sealed: Sealed) => this.#post<unknown>(`contacts/${mailbox}/handovers/${id}/offer`, sealed);
  cancel = (mailbox: string, id: string) => this.#post<unknown>(`contacts/${mailbox}/handovers/${id}/cancel`, {});
  /** "I know this person": they see nothing of it from then on. */
  know = (mailbox: string) => this.#post<unknown>(`contacts/${mailbox}/know`, {});
  offers = async () => (await this.#api.request<{ offers: readonly Offer[] }>("GET", "offers")).offers;
  accept = async (id: string) => (await this.#post<{ mailbox: string }>(`offers/${id}/accept`, {})).mailbox;
  giveBack = (id: string, reason: ReturnReason) => this.#post<unknown>(`offers/${id}/return`, { reason });

  #post<T>(path: string, body: object): Promise<T> {
    return this.#api.request<T>("POST", path, body);
  }
}

const givenKey = object({ number: integer(1, 1_000_000), key: matching(/^[A-Za-z0-9+/]{43}=$/) });
const letter = object({
  v: oneOf([1]), from: text(100, 1), to: text(100, 1), by: text(300), text: text(200_000), sent: matching(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/),
  consent: object({ how: oneOf(["thread", "noted"]), day: matching(/^\d{4}-\d\d-\d\d$/), words: text(2000) }),
  keys: list(givenKey, 1000), sheets: optional(list(givenKey, 100), []),
});
export type Letter = ReturnType<typeof letter>;

/** Content keys by the number of the entry, or of the sheet. */
export type GivenKeys = ReadonlyMap<number, Bytes>;

/** The teams that may get it, best first. A hard wish holds here, too: whom the person excluded is not even shown. */
export function targets(directory: Directory, contact: Contact, facts: Facts): Team[] {
  const own = directory.team(contact.team);
  const handedOn = new Set(contact.handovers.filter(({ stage }) => stage === "accepted").map(({ from_team }) => from_team));
  const rank = (team: Team) =>
    (team.id === own.deputy ? 0 : 8) + (facts.kreis !== null && team.kreise.includes(facts.kreis) ? 0 : 4) +
    (team.lands.some((land) => own.lands.includes(land)) ? 0 : 2) + (team.role === "statewide_network" ? 0 : 1);
  return directory.teams
    .filter((team) => team.id !== own.id && directory.routing.teams.some(([id]) => id === team.id) && !handedOn.has(team.id) && wished(directory, team, facts))
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** Whether the person's hard wishes allow this team. */
export function wished(directory: Directory, team: Team, facts: Facts): boolean {
  const carrier = directory.carrierOf(team);
  return !(facts.wishes.only_civil && carrier.kind !== "civil") && !facts.wishes.not_carriers.includes(carrier.id);
}

/** Keys that earlier teams handed over to the one that has the contact now; a letter that is not genuine gives none. */
export async function givenKeys(contact: Contact, keyring: Keyring, directory: Directory, what: "keys" | "sheets" = "keys"): Promise<GivenKeys> {
  const found = new Map<number, Bytes>();
  for (const handover of contact.handovers) {
    if (handover.envelope === null) continue;
    try {
      const opened = await openLetter(contact.mailbox, handover, keyring, directory);
      for (const { number, key } of opened[what]) found.set(number, fromBase64(key));
    } catch {
      // The entries then count as "missing": the thread says so, one by one.
    }
  }
  return found;
}

/** The covering letter, proved to be the other team's. Throws ClientError. */
export async function openLetter(mailbox: string, handover: Handover, keyring: Keyring, directory: Directory): Promise<Letter> {
  const envelope = fromBase64(handover.envelope ?? "");
  const reader = keyring.reader(handover.to_team, inspect(envelope).kids);
  const senders = directory.verifyKeysOf(directory.team(handover.from_team));
  if (reader === null) throw new Error("no key of this team");
  const { kind, payload } = await open(envelope, reader, { context: fromHex(mailbox), senders });
  const found = readJson(letter, fromUtf8(payload), "payload_malformed");
  if (kind !== Kind.HANDOVER || found.from !== handover.from_team || found.to !== handover.to_team) throw new Error("another letter");
  return found;
}

/** Verify keys of everybody who may have answered in this thread: the team that has it, and those that had it before. */
export function signersOf(contact: Contact, directory: Directory): Bytes[] {
  const teams = [contact.team, ...contact.handovers.filter(({ stage }) => stage === "accepted").map(({ from_team }) => from_team)];
  return [...new Set(teams)].flatMap((id) => {
    const team = directory.teams.find((one) => one.id === id);
    return team ? directory.verifyKeysOf(team) : [];
  });
}

/** The person's own signed yes to this hand-over, found in the thread. What the server says about consent counts for nothing. */
export async function signedConsent(contact: Contact, handover: Handover, keyring: Keyring, facts: Facts, given: GivenKeys): Promise<Consent | null> {
  const senders = [fromBase64(facts.keys.verify)];
  for (const entry of [...contact.entries].reverse()) {
    if (entry.author !== "person" || entry.number === 1) continue;
    try {
      const envelope = fromBase64(entry.envelope);
      const { payload } = await openWithKey(envelope, await keyOf(contact, entry.number, envelope, keyring, given), { context: fromHex(contact.mailbox), senders });
      const { consent } = readMessage(payload);
      if (consent?.handover === handover.id && consent.to === handover.to_team) return consent;
    } catch {
      continue;
    }
  }
  return null;
}

async function keyOf(contact: Contact, number: number, envelope: Bytes, keyring: Keyring, given: GivenKeys): Promise<Bytes> {
  const reader = keyring.reader(contact.team, inspect(envelope).kids);
  const key = reader === null ? given.get(number) : await contentKeyOf(envelope, reader, fromHex(contact.mailbox));
  if (key === undefined) throw new Error("not readable here");
  return key;
}

export interface Cover { readonly handover: Handover; readonly by: Person; readonly text: string; readonly words: string; readonly documented: Case | null }

/** Seals the covering letter. Throws when an entry or a sheet cannot be opened here: half a story is not handed over. */
export async function sealLetter(contact: Contact, { handover, by, text: note, words, documented }: Cover, keyring: Keyring, directory: Directory): Promise<Sealed> {
  const team = keyring.writer(contact.team);
  if (team === null) throw new Error("no key in force");
  const given = await givenKeys(contact, keyring, directory);
  const entries = contact.entries.filter(({ author }) => author !== "note");
  const keys = [];
  for (const { number, envelope } of entries) keys.push({ number, key: toBase64(await keyOf(contact, number, fromBase64(envelope), keyring, given)) });
  const givenSheets = await givenKeys(contact, keyring, directory, "sheets");
  const sheets = [];
  for (const { number, envelope } of latestSheets(documented)) sheets.push({ number, key: toBase64(await keyOf(contact, number, fromBase64(envelope), keyring, givenSheets)) });
  const payload: Letter = {
    v: 1, from: contact.team, to: handover.to_team, by: by.name, text: note, sent: minuteOf(now()),
    consent: { how: handover.consent, day: handover.consent_day ?? handover.changed, words }, keys, sheets,
  };
  const reader = await directory.keyOf(directory.team(handover.to_team));
  return { envelope: toBase64(await seal(Kind.HANDOVER, fromHex(contact.mailbox), utf8(JSON.stringify(payload)), [reader], team)), entries: entries.length, sheets: Math.max(0, ...sheets.map(({ number }) => number)) };
}
