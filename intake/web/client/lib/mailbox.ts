/** The way back: open the mailbox with the return code, read, write more, correct the team, erase everything. */
import { type Agreement, type AgreementForm, readAgreement } from "./agreement.ts";
import { type AppointmentAnswer, type CallbackAnswer, type Counselling, type Handover, type MailboxAnswer, postAppointment, postCallback, postDecision, postErase, postMessage, postMove, postOpen, postWithdraw, StaleKey } from "./api.ts";
import { type Bytes, fromBase64, toHex } from "./bytes.ts";
import { assertWished, type Clock, type PreparedCode, prepareCode, questionOf, sealAgreement, type SealedAgreement } from "./contact.ts";
import { type Directory, readDirectory, type Team } from "./directory.ts";
import { inspect, Kind, open, seal } from "./envelope.ts";
import { ClientError } from "./errors.ts";
import { type ContactPayload, messagePayload, readAnswer, readContact, readMessage, readRecord } from "./payloads.ts";
import { parse } from "./return_code.ts";
import type { Found } from "./routing.ts";
import { lookUp } from "./routing.ts";

const systemClock: Clock = () => new Date();

export interface Entry {
  readonly number: number;
  readonly author: "person" | "team";
  /** local day on which it arrived */
  readonly day: string;
  /** genuine: opened and signed by whom it says. forged: opens, but the signature is not theirs: show the warning, not the text. unreadable: damaged or not for this mailbox. */
  readonly trust: "genuine" | "forged" | "unreadable";
  /** plain text, to be shown as text only; empty unless genuine */
  readonly text: string;
  /** who signed: the team as the directory knows it; null for the person's own entries */
  readonly team: Team | null;
  /** the name inside the answer, such as "Beratungsteam"; "" for the person's own */
  readonly from: string;
  /** pictures and voice messages that came with it; only the team opens them */
  readonly attachments: number;
}

/** The callback of a mailbox. `agreement` is null once number and rules are erased, or when they cannot be opened. */
export type Callback = Omit<CallbackAnswer, "envelope"> & { readonly agreement: Agreement | null };

/** The planned contact. `place`: where and how, as the team has sealed it; empty when there is nothing, or it is not theirs. */
export type Planned = Omit<AppointmentAnswer, "envelope"> & { readonly place: readonly string[] };

/** An opened mailbox. Keeps its keys to itself; close the page and it is gone. */
export class Mailbox {
  /** the directory it trusts; newer after a stale key */
  directory: Directory;
  state: MailboxAnswer["state"];
  urgent: boolean;
  team: Team | null;
  answerBy: string | null;
  eraseOn: string | null;
  entries: readonly Entry[];
  /** from team to team, oldest first: the person sees every step */
  handovers: readonly Handover[];
  /** what the team has recorded of a counselling, if there is one */
  counselling: Counselling | null;
  /** what the first contact said (topic, place, wishes); null when it cannot be opened */
  contact: ContactPayload | null;
  callback: Callback | null;
  appointment: Planned | null;
  readonly #code: PreparedCode;
  #own: readonly { number: number; kind: Kind; payload: Bytes }[];
  /** a message on its way: kept until the server has acknowledged it */
  #unsent: { readonly text: string; readonly kid: string; readonly envelope: Bytes } | null = null;
  /** an agreement on its way, for the same reason */
  #unsettled: (SealedAgreement & { readonly kid: string }) | null = null;
  readonly #clock: Clock;

  /** Not for pages: use openMailbox. */
  constructor(directory: Directory, code: PreparedCode, answer: MailboxAnswer, opened: OpenedEntries, clock: Clock) {
    this.directory = directory;
    this.#code = code;
    this.#clock = clock;
    this.state = answer.state;
    this.urgent = answer.urgent;
    this.team = directory.teams.find(({ id }) => id === answer.team) ?? null;
    this.answerBy = answer.answer_by;
    this.eraseOn = answer.erase_on;
    this.entries = opened.entries;
    this.handovers = answer.handovers;
    this.counselling = answer.case;
    this.contact = opened.contact;
    this.callback = opened.callback;
    this.appointment = opened.appointment;
    this.#own = opened.own;
  }

  /** The person may still correct the team: nobody has taken the contact, and all of it can be sealed again (letters only). */
  get movable(): boolean {
    return this.entries.every(({ attachments }) => attachments === 0) && this.state === "received" && this.#own.length > 0 && this.entries.every(({ author, trust }) => author === "team" || trust === "genuine");
  }

  /** Teams that fit the first contact's own answers and wishes, for correcting the team. */
  offers(): Found {
    if (!this.contact) throw new ClientError("envelope_unreadable", "no contact");
    const { kreis, phenomena, role, wishes } = this.contact;
    return lookUp(this.directory.routing, questionOf({ kreis, phenomena, role, onlyCivil: wishes.only_civil, notCarriers: wishes.not_carriers }, this.directory, this.#clock()));
  }

  /**
   * Seals and sends one more message; heals a stale key once. Gives the entry's number. The same text again after a failure is the same
   * envelope, which the server stores once: a lost answer does not make two messages.
   */
  async write(text: string): Promise<number> {
    const number = await this.#healing(async () => {
      const team = this.#reader();
      if (this.#unsent?.text !== text || this.#unsent.kid !== team.kid) {
        const readers = [await this.directory.keyOf(team), this.#code.identity];
        const payload = messagePayload(text, this.#clock());
        this.#unsent = { text, kid: team.kid, envelope: await seal(Kind.MESSAGE, this.#code.mailbox.id, payload, readers, this.#code.identity) };
      }
      return postMessage(this.#code.mailbox, this.#unsent.envelope, this.#clock());
    });
    this.#unsent = null;
    return number;
  }

  /**
   * The person's yes or no to a hand-over, as a signed letter in the thread. A team that the person's own wishes exclude is never agreed to.
   * Throws team_changed, handover_over.
   */
  async decide(handover: Handover, agree: boolean, text: string): Promise<void> {
    const to = this.directory.team(handover.to_team);
    if (agree) this.#assertWished(to);
    await this.#healing(async () => {
      const readers = [await this.directory.keyOf(this.#reader()), this.#code.identity];
      const payload = messagePayload(text, this.#clock(), { handover: handover.id, to: to.id, agree });
      await postDecision(this.#code.mailbox, handover.id, agree, await seal(Kind.MESSAGE, this.#code.mailbox.id, payload, readers, this.#code.identity), this.#clock());
    });
  }

  /** Seals everything the person wrote for another team instead. The former team can no longer fetch it. Throws cannot_move. */
  async moveTo(teamId: string): Promise<void> {
    if (!this.movable) throw new ClientError("cannot_move");
    await this.#healing(async () => {
      const team = this.directory.team(teamId);
      this.#assertWished(team);
      const readers = [await this.directory.keyOf(team), this.#code.identity];
      const envelopes: { number: number; envelope: Bytes }[] = [];
      for (const { number, kind, payload } of this.#own) envelopes.push({ number, envelope: await seal(kind, this.#code.mailbox.id, payload, readers, this.#code.identity) });
      const agreement = this.callback && OPEN.has(this.callback.state) ? this.callback.agreement : null;
      const call = agreement && (await sealAgreement(this.directory, this.#code, team, agreement, this.#clock()));
      await postMove(this.#code.mailbox, team.id, envelopes, call && call.envelope);
      this.team = team;
    });
  }

  /** Agrees on a call: the first time, or in place of what was agreed. Throws no_time, cannot_move while somebody is calling. */
  async agree(form: AgreementForm): Promise<void> {
    await this.#healing(async () => {
      const team = this.#reader();
      const same = this.#unsettled && this.#unsettled.kid === team.kid && JSON.stringify(this.#unsettled.form) === JSON.stringify(form);
      if (!same) this.#unsettled = { ...(await sealAgreement(this.directory, this.#code, team, form, this.#clock())), kid: team.kid };
      await postCallback(this.#code.mailbox, { windows: form.windows, envelope: this.#unsettled!.envelope }, this.#clock());
    });
    this.#unsettled = null;
  }

  /** No call any more: number and rules are erased at once. */
  async withdraw(): Promise<void> {
    await postWithdraw(this.#code.mailbox);
  }

  /** Proposes another time; the team decides. Throws appointment_other. */
  proposeTime = (number: number, at: string) => this.#planned("wish", { number, at });
  /** Leaves this one out; the next one follows. Throws appointment_other. */
  skipAppointment = (number: number) => this.#planned("skip", { number });
  /** Contact more or less often, one step, at once. */
  paceContact = (more: boolean) => this.#planned("pace", { more });

  async #planned(step: "wish" | "skip" | "pace", more: object): Promise<void> {
    const answer = await postAppointment(this.#code.mailbox, step, more);
    this.appointment = answer && (await openPlanned(this.directory, this.#code, this.team?.id ?? "", answer));
  }

  /** Erases everything at once. Afterwards the code opens nothing. */
  async erase(): Promise<void> {
    await postErase(this.#code.mailbox);
    this.entries = [];
    this.contact = null;
    this.#own = [];
    this.#unsent = null;
  }

  /** Fetches again with the same keys: no second wait for the code. */
  refresh(): Promise<Mailbox> {
    return fetchMailbox(this.directory, this.#code, this.#clock);
  }

  /** Whom a further message is sealed for. The server names the team; the directory and the person's own wishes must agree. */
  #reader(): Team {
    if (!this.team) throw new ClientError("team_unknown");
    const team = this.directory.team(this.team.id);
    this.#assertWished(team);
    return team;
  }

  #assertWished(team: Team): void {
    if (!this.contact) throw new ClientError("envelope_unreadable", "no contact");
    assertWished(this.directory, team, { onlyCivil: this.contact.wishes.only_civil, notCarriers: this.contact.wishes.not_carriers });
  }

  async #healing<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof StaleKey)) throw error;
      await this.#adopt(error.directory);
      try {
        return await send();
      } catch (second) {
        throw second instanceof StaleKey ? new ClientError("stale_twice") : second;
      }
    }
  }

  /** A newer directory must leave the reader's facts as the person knows them. */
  async #adopt(newer: Bytes): Promise<void> {
    const directory = await readDirectory(newer, this.directory.root, this.#clock(), this.directory.version);
    if (this.team) {
      const [before, after] = [this.directory.carrierOf(this.team), directory.carrierOf(directory.team(this.team.id))];
      if (before.id !== after.id || before.kind !== after.kind || before.legality_principle !== after.legality_principle) throw new ClientError("team_changed", "carrier");
      this.team = directory.team(this.team.id);
    }
    this.directory = directory;
  }
}

const OPEN: ReadonlySet<string> = new Set(["requested", "due", "attempting"]);

interface OpenedEntries {
  readonly entries: Entry[];
  readonly contact: ContactPayload | null;
  readonly callback: Callback | null;
  readonly appointment: Planned | null;
  readonly own: { number: number; kind: Kind; payload: Bytes }[];
}

/**
 * Opens the mailbox of a typed code. `progress` 0 to 1 while the code is stretched.
 * Throws ReturnCodeUnclear (typing), mailbox_missing (wrong or erased), network, unavailable, busy.
 */
export async function openMailbox(directory: Directory, typed: string, progress?: (done: number) => void, clock: Clock = systemClock): Promise<Mailbox> {
  const words = parse(typed);
  return fetchMailbox(directory, await prepareCode(directory, progress, words), clock);
}

async function fetchMailbox(directory: Directory, code: PreparedCode, clock: Clock): Promise<Mailbox> {
  const answer = await postOpen(code.mailbox);
  return new Mailbox(directory, code, answer, await openEntries(directory, code, answer), clock);
}

async function openEntries(directory: Directory, code: PreparedCode, answer: MailboxAnswer): Promise<OpenedEntries> {
  const callback = answer.callback && (await openCallback(code, answer.callback));
  const appointment = answer.appointment && (await openPlanned(directory, code, answer.team, answer.appointment));
  const opened: OpenedEntries & { contact: ContactPayload | null } = { entries: [], contact: null, callback, appointment, own: [] };
  for (const { number, author, day, envelope: encoded } of answer.entries) {
    const entry: Entry = { number, author, day, trust: "unreadable", text: "", team: null, from: "", attachments: answer.attachments.filter(({ after }) => after === number).length };
    try {
      const envelope = fromBase64(encoded);
      opened.entries.push(author === "person" ? { ...entry, ...(await openOwn(code, number, envelope, opened)) } : { ...entry, ...(await openAnswer(directory, code, answer.team, envelope)) });
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      opened.entries.push({ ...entry, trust: error.code === "signature_forged" ? "forged" : "unreadable" });
    }
  }
  return opened;
}

async function openCallback(code: PreparedCode, { envelope, ...told }: CallbackAnswer): Promise<Callback> {
  try {
    if (envelope === null) return { ...told, agreement: null };
    const { kind, payload } = await open(fromBase64(envelope), code.identity, { context: code.mailbox.id, senders: [code.identity.verify] });
    return { ...told, agreement: kind === Kind.CALLBACK ? readAgreement(payload) : null };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return { ...told, agreement: null };
  }
}

/** Where and how count when a team of the directory signed them as such: a sheet for appointments, nothing else that was ever sealed. */
async function openPlanned(directory: Directory, code: PreparedCode, team: string, { envelope, ...told }: AppointmentAnswer): Promise<Planned> {
  try {
    if (envelope === null) return { ...told, place: [] };
    const senders = directory.teams.filter(({ id }) => id === team).flatMap((one) => directory.verifyKeysOf(one));
    const { kind, payload } = await open(fromBase64(envelope), code.identity, { context: code.mailbox.id, senders });
    const record = kind === Kind.RECORD ? readRecord(payload) : null;
    return { ...told, place: record?.sheet === "appointment" ? record.fields.map(({ text }) => text).filter((text) => text.trim() !== "") : [] };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return { ...told, place: [] };
  }
}

async function openOwn(code: PreparedCode, number: number, envelope: Bytes, opened: OpenedEntries & { contact: ContactPayload | null }): Promise<Partial<Entry>> {
  const { kind, payload } = await open(envelope, code.identity, { context: code.mailbox.id, senders: [code.identity.verify] });
  if (kind === Kind.CONTACT) {
    const contact = readContact(payload);
    opened.contact ??= contact;
    opened.own.push({ number, kind, payload });
    return { trust: "genuine", text: contact.text };
  }
  if (kind !== Kind.MESSAGE) throw new ClientError("envelope_unreadable", "kind");
  opened.own.push({ number, kind, payload });
  return { trust: "genuine", text: readMessage(payload).text };
}

/** An answer counts when any team of the directory signed it; the page shows that team's name, not the one the answer claims. */
async function openAnswer(directory: Directory, code: PreparedCode, likely: string, envelope: Bytes): Promise<Partial<Entry>> {
  // The mailbox's own team first: checking a signature takes a slow phone some milliseconds.
  const teams = [...directory.teams].sort((a, b) => Number(b.id === likely) - Number(a.id === likely));
  const signers = teams.flatMap((team) => directory.verifyKeysOf(team).map((verify) => ({ team, verify })));
  if (inspect(envelope).kind !== Kind.ANSWER) throw new ClientError("envelope_unreadable", "kind");
  const { payload, senderVerify } = await open(envelope, code.identity, { context: code.mailbox.id, senders: signers.map(({ verify }) => verify) });
  const { text, from } = readAnswer(payload);
  const signer = signers.find(({ verify }) => toHex(verify) === toHex(senderVerify));
  return { trust: "genuine", text, from, team: signer?.team ?? null };
}
