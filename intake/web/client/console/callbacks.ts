/** Callbacks for those who call: fetched sealed, opened here, with everything a counsellor must know before dialling. */
import { type Agreement, readAgreement, type Time } from "../lib/agreement.ts";
import { type Bytes, concat, fromBase64, fromHex, fromUtf8, randomBytes, sha256, toBase64, utf8 } from "../lib/bytes.ts";
import { inspect, Kind, open, seal } from "../lib/envelope.ts";
import { ClientError, isClientError } from "../lib/errors.ts";
import { type ContactPayload, readContact } from "../lib/payloads.ts";
import { list, matching, object, oneOf, readJson } from "../lib/schema.ts";
import { type Api, ApiError } from "./api.ts";
import { now } from "./clock.ts";
import type { Keyring } from "./keys.ts";
import type { Network } from "./rota_api.ts";

export type CallState = "requested" | "due" | "attempting" | "reached" | "not_reached" | "withdrawn" | "expired";
export type Outcome = "reached" | "not_reached" | "somebody_else" | "wrong_number" | "never_again";

/** A callback as the server tells it. Instants are UTC. */
export interface Due {
  readonly mailbox: string;
  readonly team: string;
  readonly state: CallState;
  readonly windows: readonly Time[];
  readonly start: string | null;
  readonly end: string | null;
  readonly may_dial: boolean;
  readonly attempts: number;
  readonly last: Outcome | "untold" | null;
  /** name of the colleague who is calling now */
  readonly by: string;
  readonly yours: boolean;
  /** our own lines can call the service phone and then the person */
  readonly can_connect: boolean;
  readonly envelope: string | null;
  readonly letter: string | null;
}

/** genuine: signed by whoever wrote the first letter. Everything else is not called. */
export type Standing = "genuine" | "forged" | "unreadable" | "missing";

export interface Call {
  readonly due: Due;
  readonly standing: Standing;
  readonly agreement: Agreement | null;
  readonly facts: Pick<ContactPayload, "role" | "lang"> | null;
  /** the server's times are not within those that the person has signed */
  readonly moved: boolean;
  /** other open callbacks of the same team to the same number */
  readonly twins: number;
  /** the team has written down not to call this number again; null: its list cannot be read */
  readonly never: boolean | null;
}

const CLIR: Readonly<Record<Network, string>> = { mobile: "#31#", fixed: "*31#", sip: "" };

/** What the phone dials so that its own number is not shown, and the address that dials it. */
export function dialled(number: string, network: Network): { readonly shown: string; readonly href: string } {
  const shown = CLIR[network] + number;
  return { shown, href: `tel:${shown.replace(/#/g, "%23")}` };
}

const minutes = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));

/** Whether every minute of `windows` lies in a time that was agreed. */
export function within(windows: readonly Time[], agreed: readonly Time[]): boolean {
  return windows.every(({ day, from, to }) => {
    let reached = minutes(from);
    for (const one of agreed.filter((each) => each.day === day).sort((a, b) => minutes(a.from) - minutes(b.from))) {
      if (minutes(one.from) <= reached) reached = Math.max(reached, minutes(one.to));
    }
    return reached >= minutes(to);
  });
}

export function neverContext(team: string): Bytes {
  return sha256(concat(utf8("erstkontakt/1 never call"), utf8(team))).slice(0, 16);
}

const neverReader = object({
  v: oneOf([1]),
  key: matching(/^[A-Za-z0-9+/]{43}=$/),
  tags: list(object({ tag: matching(/^[A-Za-z0-9+/]{22}==$/), on: matching(/^\d{4}-\d\d-\d\d$/) }), 100_000),
});
type NeverList = ReturnType<typeof neverReader>;

export async function tagOf(number: string, key: string): Promise<string> {
  const made = await crypto.subtle.importKey("raw", fromBase64(key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return toBase64(new Uint8Array(await crypto.subtle.sign("HMAC", made, utf8(number))).slice(0, 16));
}

type Opened = Pick<Call, "standing" | "agreement" | "facts">;

async function openCall(due: Due, keyring: Keyring): Promise<Opened> {
  const nothing = { agreement: null, facts: null } as const;
  if (due.letter === null || due.envelope === null) return { ...nothing, standing: "unreadable" };
  const context = fromHex(due.mailbox);
  try {
    const letter = fromBase64(due.letter);
    const envelope = fromBase64(due.envelope);
    const [first, second] = [inspect(letter), inspect(envelope)];
    const [reader, opener] = [keyring.reader(due.team, first.kids), keyring.reader(due.team, second.kids)];
    if (reader === null || opener === null) return { ...nothing, standing: "missing" };
    if (first.kind !== Kind.CONTACT || second.kind !== Kind.CALLBACK) return { ...nothing, standing: "forged" };
    const contact = readContact((await open(letter, reader, { context })).payload);
    const { payload } = await open(envelope, opener, { context, senders: [fromBase64(contact.keys.verify)] });
    return { standing: "genuine", agreement: readAgreement(payload), facts: contact };
  } catch (error) {
    return { ...nothing, standing: isClientError(error, "signature_forged") ? "forged" : "unreadable" };
  }
}

interface Never { readonly list: NeverList; readonly revision: number }

export class Callbacks {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  dial = (mailbox: string) => this.#api.request<Due>("POST", `contacts/${mailbox}/callback/dial`, {});
  told = (mailbox: string, outcome: Outcome) => this.#api.request<Due>("POST", `contacts/${mailbox}/callback/outcome`, { outcome });
  /** The number leaves this browser for this one call. */
  connect = (mailbox: string, number: string) => this.#api.request<unknown>("POST", `contacts/${mailbox}/callback/connect`, { number });
  refuse = (mailbox: string) => this.#api.request<Due>("POST", `contacts/${mailbox}/callback/refuse`, {});
  of = async (mailbox: string) => (await this.#api.request<{ callback: Due | null }>("GET", `contacts/${mailbox}/callback`)).callback;

  /** Everything open, opened and held against each other and against the teams' own lists. Throws ApiError. */
  async all(keyring: Keyring, signers: (team: string) => readonly Bytes[]): Promise<Call[]> {
    const { callbacks } = await this.#api.request<{ callbacks: readonly Due[] }>("GET", "callbacks");
    const opened = await Promise.all(callbacks.map(async (due) => ({ due, ...(await openCall(due, keyring)) })));
    const lists = new Map<string, NeverList | null>();
    for (const team of new Set(callbacks.map((due) => due.team))) lists.set(team, await this.#readable(team, keyring, signers(team)));
    return Promise.all(
      opened.map(async (one) => {
        const { due, agreement } = one;
        if (agreement === null) return { ...one, moved: false, twins: 0, never: false };
        const known = lists.get(due.team);
        const twins = opened.filter((other) => other.due.team === due.team && other.agreement?.number === agreement.number).length - 1;
        const tag = known?.tags.length ? await tagOf(agreement.number, known.key) : "";
        const never = known ? known.tags.some((each) => each.tag === tag) : null;
        return { ...one, twins, moved: !within(due.windows, agreement.windows), never };
      }),
    );
  }

  /** Writes a number down, as a keyed hash, before it is erased. Throws ApiError. */
  async neverAgain(team: string, number: string, keyring: Keyring, signers: readonly Bytes[]): Promise<void> {
    const writer = keyring.writer(team);
    if (writer === null) throw new Error("no key to write with");
    for (let attempt = 0; ; attempt++) {
      const { list: before, revision } = await this.#never(team, keyring, signers);
      const tag = await tagOf(number, before.key);
      const tags = [...before.tags.filter((each) => each.tag !== tag), { tag, on: now().toISOString().slice(0, 10) }];
      const payload = utf8(JSON.stringify({ ...before, tags } satisfies NeverList));
      const envelope = toBase64(await seal(Kind.NEVER_CALL, neverContext(team), payload, [writer], writer));
      try {
        await this.#api.request("PUT", `never-call?team=${encodeURIComponent(team)}`, { envelope, revision });
        return;
      } catch (error) {
        // A colleague was a moment faster: once more, on top of theirs.
        if (!(error instanceof ApiError) || error.status !== 409 || attempt > 0) throw error;
      }
    }
  }

  async #readable(team: string, keyring: Keyring, signers: readonly Bytes[]): Promise<NeverList | null> {
    try {
      return (await this.#never(team, keyring, signers)).list;
    } catch (error) {
      if (isClientError(error)) return null;
      throw error;
    }
  }

  async #never(team: string, keyring: Keyring, senders: readonly Bytes[]): Promise<Never> {
    const { envelope, revision } = await this.#api.request<{ envelope: string | null; revision: number }>("GET", `never-call?team=${encodeURIComponent(team)}`);
    if (envelope === null) return { list: { v: 1, key: toBase64(randomBytes(32)), tags: [] }, revision };
    const bytes = fromBase64(envelope);
    const { kind, kids } = inspect(bytes);
    const reader = keyring.reader(team, kids);
    // What cannot be read must neither be taken for an empty list nor be written over.
    if (reader === null || kind !== Kind.NEVER_CALL) throw new ClientError("envelope_unreadable", "the list of numbers");
    const { payload } = await open(bytes, reader, { context: neverContext(team), senders });
    return { list: readJson(neverReader, fromUtf8(payload), "payload_malformed"), revision };
  }
}
