/** From request to case: what the server knows in clear, and the sealed sheets beside it. */
import { fromBase64, fromHex, toBase64, type Bytes } from "../lib/bytes.ts";
import { Kind, inspect, open, openWithKey, seal } from "../lib/envelope.ts";
import type { Identity } from "../lib/identity.ts";
import { readRecord, recordPayload, type RecordPayload } from "../lib/payloads.ts";
import type { Api, Person } from "./api.ts";
import { now } from "./clock.ts";
import type { Keyring } from "./keys.ts";

export const KINDS = ["information", "one_off", "clarification", "case"] as const;
export type CaseKind = (typeof KINDS)[number];
export const MANDATES = ["voluntary", "condition", "authority"] as const;
export type Mandate = (typeof MANDATES)[number];
export const SHEETS = ["anamnesis", "situation", "goals", "steps", "protection", "attendance", "consultation"] as const;
export type Sheet = (typeof SHEETS)[number];
export const OUTCOMES = ["independent", "done", "clarified", "person", "no_contact", "not_kept", "handed_over", "other"] as const;
export type Outcome = (typeof OUTCOMES)[number];
export const WHYS = ["person", "not_kept", "goals_reached", "team"] as const;
export type Why = (typeof WHYS)[number];
export const KEPT = ["person", "claim", "duty"] as const;
export type Kept = (typeof KEPT)[number];
export type Warning = "one_companion" | "no_agreement" | "review_due";

export interface SheetVersion { readonly number: number; readonly sheet: Sheet; readonly day: string; readonly by: Person; readonly envelope: string }
export interface CaseStep { readonly number: number; readonly day: string; readonly step: string; readonly detail: string; readonly by: Person; readonly reason: string | null }
export interface Case {
  readonly mailbox: string;
  readonly team: string;
  readonly kind: CaseKind;
  readonly mandate: Mandate | null;
  readonly state: "open" | "paused" | "ended";
  readonly opened: string;
  readonly agreement: "none" | "offered" | "active" | "dissolved";
  readonly dissolved_why: Why | "ended" | null;
  readonly review_on: string | null;
  readonly first: Person | null;
  readonly second: Person | null;
  readonly interval_days: number | null;
  readonly outcome: Outcome | null;
  readonly ended: string | null;
  readonly kept_until: string | null;
  readonly erase_on: string;
  readonly warnings: readonly Warning[];
  readonly sheets: readonly SheetVersion[];
  readonly steps: readonly CaseStep[];
}

/** What may become what (intake/cases.py, GROWS). */
export const GROWS: Readonly<Record<CaseKind, readonly CaseKind[]>> = {
  information: ["one_off", "clarification", "case"], one_off: ["clarification", "case"], clarification: ["one_off", "case"], case: [],
};

export function outcomesOf(kind: CaseKind): readonly Outcome[] {
  return OUTCOMES.filter((each) => ({ independent: kind === "case", not_kept: kind === "case", done: kind === "information" || kind === "one_off", clarified: kind === "clarification" } as Partial<Record<Outcome, boolean>>)[each] ?? true);
}

/** Attendance is confirmed only where a court or an authority is the reason. */
export function sheetsOf(found: Pick<Case, "mandate">): readonly Sheet[] {
  return SHEETS.filter((each) => each !== "attendance" || found.mandate === "condition" || found.mandate === "authority");
}

/** The version of each sheet that holds: it alone goes along to another team. */
export function latestSheets(found: Case | null): SheetVersion[] {
  return [...new Map((found?.sheets ?? []).map((one) => [one.sheet, one])).values()];
}

/** Opens a sealed sheet or reason, where needed with the content key an earlier team handed over; null when it is damaged, forged or for a key that is not here. */
export async function openRecord(found: Pick<Case, "mailbox" | "team">, envelope: string, keyring: Keyring, senders: readonly Bytes[], given?: Bytes): Promise<RecordPayload | null> {
  try {
    const bytes = fromBase64(envelope);
    const { kind, kids } = inspect(bytes);
    const reader = keyring.reader(found.team, kids);
    if (kind !== Kind.RECORD) return null;
    const expect = { context: fromHex(found.mailbox), senders };
    if (reader === null) return given === undefined ? null : readRecord((await openWithKey(bytes, given, expect)).payload);
    return readRecord((await open(bytes, reader, expect)).payload);
  } catch {
    return null;
  }
}

export async function sealRecord(mailbox: string, sheet: string, fields: RecordPayload["fields"], dates: readonly string[], by: string, team: Identity): Promise<string> {
  return toBase64(await seal(Kind.RECORD, fromHex(mailbox), recordPayload(sheet, fields, dates, by, now()), [team], team));
}

export class Cases {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  of = async (mailbox: string) => (await this.#api.request<{ case: Case | null }>("GET", `contacts/${mailbox}/case`)).case;
  open = (mailbox: string, kind: CaseKind, mandate: Mandate | null) => this.#api.request<Case>("POST", `contacts/${mailbox}/case`, { kind, mandate });
  step = (mailbox: string, step: string, more: object = {}) => this.#api.request<Case>("POST", `contacts/${mailbox}/case/steps`, { step, ...more });
  putSheet = (mailbox: string, sheet: Sheet, envelope: string) => this.#api.request<{ number: number }>("POST", `contacts/${mailbox}/case/sheets`, { sheet, envelope });
  knowing = async (mailbox: string) => (await this.#api.request<{ members: readonly Person[] }>("GET", `contacts/${mailbox}/conflicts`)).members;
  lift = (mailbox: string, member: string) => this.#api.request<unknown>("POST", `contacts/${mailbox}/conflicts/lift`, { member });
  running = async (team: string) => (await this.#api.request<{ cases: readonly Case[] }>("GET", `cases?${query(team)}`)).cases;
  ended = async (team: string) => (await this.#api.request<{ cases: readonly Case[] }>("GET", `cases/ended?${query(team)}`)).cases;
  templates = async (team: string) => (await this.#api.request<{ templates: readonly { sheet: Sheet; questions: readonly string[] }[] }>("GET", `sheet-templates?${query(team)}`)).templates;
  putTemplate = (team: string, sheet: Sheet, questions: readonly string[]) => this.#api.request<unknown>("PUT", `sheet-templates?${query(team)}`, { sheet, questions });
}

function query(team: string): string {
  return new URLSearchParams({ team }).toString();
}
