/** Field visits as the server tells them, and the sealed sheet with what it must not know: where, with whom, in which car. */
import { type Bytes, fromBase64, fromHex, randomBytes, toBase64, toHex } from "../lib/bytes.ts";
import { inspect, Kind, open, seal } from "../lib/envelope.ts";
import { readSheet, type SheetPayload, sheetPayload } from "../lib/payloads.ts";
import type { Api, Person } from "./api.ts";
import type { Keyring } from "./keys.ts";
import type { Reference } from "./rota_api.ts";

export type Phase = "planned" | "armed" | "due" | "reminded" | "overdue" | "owned" | "closed";
export type Purpose = "visit" | "home" | "office" | "drill";
export type Reason = "safe" | "false_alarm" | "help_sent" | "lost_contact" | "cancelled" | "unanswered";
export type ClosingReason = "safe" | "false_alarm" | "help_sent" | "lost_contact";
export type OpeningReason = "no_answer" | "silent_alarm" | "emergency_call";
export interface Visit {
  readonly id: string;
  readonly team: string;
  readonly reference: Reference;
  readonly member: Person;
  readonly companion: Person | null;
  readonly purpose: Purpose;
  readonly phase: Phase;
  readonly begins: string;
  readonly until: string;
  readonly due: string;
  readonly every: number | null;
  readonly check: number;
  /** The function test was sent. */
  readonly asked: boolean;
  readonly technical: boolean;
  readonly level: number;
  readonly owner: Person | null;
  readonly owned_until: string | null;
  readonly silent: boolean;
  /** The lead is called later than the standard allows. */
  readonly longer: boolean;
  readonly proposed: Reason | null;
  readonly proposed_by: Person | null;
  readonly reason: Reason | null;
  readonly mine: boolean;
  readonly sheet: boolean;
  readonly may_open: boolean;
  readonly alert: string | null;
}
export interface Visits { readonly open: readonly Visit[]; readonly over: readonly Visit[]; readonly pin_set: boolean }
export interface Said { readonly reply: string; readonly reference: Reference | null; readonly at: string | null }
export interface Line { readonly at: string; readonly entry: string; readonly by: string; readonly detail: string }
export interface Rules { readonly remind: number; readonly companion: number; readonly on_call: number; readonly lead: number; readonly hold: number; readonly longer: boolean }
export interface Routine { readonly kind: "home" | "office" | "drill"; readonly days: readonly string[]; readonly begins: string; readonly until: string; readonly every: number | null }
export interface Standing { readonly id: string; readonly member: string | null; readonly routine: Routine; readonly next: string; readonly may_edit: boolean }
export interface VisitPlan { readonly begins: string; readonly until: string; readonly companion: string | null; readonly purpose: Exclude<Purpose, "drill">; readonly every: number | null }
export type SheetFields = Omit<SheetPayload, "v" | "by" | "sent">;

export class VisitsApi {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  board = (team: string) => this.#api.request<Visits>("GET", `visits?${of(team)}`);
  ok = (visit: Visit, pin: string) => this.#say(visit, "ok", { pin: pin === "" ? null : pin, check: visit.check });
  out = (visit: Visit, pin: string) => this.#say(visit, "out", { pin: pin === "" ? null : pin });
  longer = (visit: Visit, minutes: number, pin: string) => this.#say(visit, "longer", { minutes, pin: pin === "" ? null : pin });
  close = (visit: Visit, reason: ClosingReason) => this.#say(visit, "close", { reason });
  log = async (visit: Visit) => (await this.#api.request<{ lines: readonly Line[] }>("GET", `visits/${visit.id}/log`)).lines;
  savePins = (own: string, duress: string, current: string) => this.#api.request<unknown>("PUT", "visit-pins", { own, duress, current: current === "" ? null : current });
  forgetPins = (member: string) => this.#api.request<unknown>("POST", `visit-pins/${member}/forget`, {});
  rules = (team: string) => this.#api.request<{ rules: Rules; may_edit: boolean }>("GET", `visit-rules?${of(team)}`);
  saveRules = (team: string, rules: Rules) => this.#api.request<unknown>("PUT", `visit-rules?${of(team)}`, rules);
  routines = async (team: string) => (await this.#api.request<{ routines: readonly Standing[] }>("GET", `visit-routines?${of(team)}`)).routines;
  addRoutine = (team: string, member: string | null, routine: Routine) => this.#api.request<unknown>("POST", "visit-routines", { team, member, routine });
  removeRoutine = (id: string) => this.#api.request<unknown>("POST", `visit-routines/${id}/remove`, {});

  /** Seals the sheet to the team and plans. A repetition with the same id plans once. Throws ApiError, ClientError. */
  async plan(team: string, form: VisitPlan, fields: SheetFields, keyring: Keyring, by: string, now: Date): Promise<void> {
    const context = randomBytes(16);
    const writer = keyring.writer(team);
    const written = Object.values(fields).some((text) => text.trim() !== "");
    if (written && writer === null) throw new Error("no key to seal with");
    const sheet = written && writer !== null ? toBase64(await seal(Kind.SHEET, context, sheetPayload(fields, by, now), [writer], writer)) : null;
    await this.#api.request<unknown>("POST", "visits", { id: toHex(context), team, ...form, sheet });
  }

  /** The sheet in clear. The server hands it out from the last level on only, and logs it. Throws ApiError, ClientError. */
  async openSheet(visit: Visit, reason: OpeningReason, keyring: Keyring, signers: readonly Bytes[]): Promise<SheetPayload> {
    const { sheet } = await this.#api.request<{ sheet: string }>("POST", `visits/${visit.id}/open`, { reason });
    const bytes = fromBase64(sheet);
    const reader = keyring.reader(visit.team, inspect(bytes).kids);
    if (reader === null) throw new Error("no key to open with");
    return readSheet((await open(bytes, reader, { context: fromHex(visit.id), senders: signers })).payload);
  }

  #say(visit: Visit, verb: string, body: object): Promise<Said> {
    return this.#api.request<Said>("POST", `visits/${visit.id}/${verb}`, body);
  }
}

function of(team: string): string {
  return new URLSearchParams({ team }).toString();
}
