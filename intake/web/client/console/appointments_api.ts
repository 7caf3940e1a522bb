/** Contact appointments as the server tells them, and the sealed sheet with what it must not know: where and how. */
import { fromBase64, fromHex, toBase64 } from "../lib/bytes.ts";
import { seal, Kind } from "../lib/envelope.ts";
import type { Identity } from "../lib/identity.ts";
import { recordPayload, type RecordPayload } from "../lib/payloads.ts";
import type { Api, Person } from "./api.ts";
import { now } from "./clock.ts";
import type { Facts } from "./thread.ts";

export interface Rhythm { readonly days: readonly number[]; readonly start: string; readonly end: string; readonly until: string | null; readonly then: number | null }
export interface PlanLine { readonly day: string; readonly entry: string; readonly at: string | null; readonly by: Person | null }
export interface Plan {
  readonly phase: "resting" | "planned" | "reminded" | "open";
  /** Which appointment is meant: a tap on an older one changes nothing. */
  readonly number: number;
  readonly at: string | null;
  /** The first is fixed, the others would follow. */
  readonly coming: readonly string[];
  readonly minutes: number;
  /** Another time that the person proposes. */
  readonly wish: string | null;
  readonly choices: readonly string[];
  readonly alarm: boolean;
  readonly rhythm: Rhythm | null;
  readonly missed: number;
  readonly envelope: string | null;
  readonly lines: readonly PlanLine[];
}
export interface DayItem {
  readonly team: string;
  readonly what: "appointment" | "callback" | "visit" | "duty";
  readonly id: string;
  readonly start: string;
  readonly end: string;
  readonly state: string;
  readonly people: readonly Person[];
  readonly mine: boolean;
}

export class AppointmentsApi {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  of = (mailbox: string) => this.#api.request<Plan>("GET", `contacts/${mailbox}/appointments`);
  step = (mailbox: string, step: string, more: object) => this.#api.request<Plan>("POST", `contacts/${mailbox}/appointments/steps`, { step, ...more });
  putSheet = (mailbox: string, envelope: string | null) => this.#api.request<unknown>("PUT", `contacts/${mailbox}/appointments/sheet`, { envelope });
  agenda = async (team: string, first: string, days: number) =>
    (await this.#api.request<{ items: readonly Omit<DayItem, "team">[] }>("GET", `agenda?${new URLSearchParams({ team, first, days: String(days) }).toString()}`)).items.map((item): DayItem => ({ ...item, team }));
}

/** Where and how, for the person and the team, signed by the team. Base64. */
export async function sealPlace(mailbox: string, fields: RecordPayload["fields"], by: string, facts: Facts, team: Identity): Promise<string> {
  const person = { kem: fromBase64(facts.keys.kem) };
  return toBase64(await seal(Kind.RECORD, fromHex(mailbox), recordPayload("appointment", fields, [], by, now()), [person, team], team));
}
