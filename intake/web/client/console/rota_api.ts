/** Duty, alerts and service phones as the server tells them, typed. Instants are UTC ("2026-11-22T02:10Z"), days are the team's own. */
import type { Api, Person } from "./api.ts";
import type { Plan } from "./plan.ts";

export type Role = "counsellor" | "lead" | "supervisor" | "coordination";
export interface Colleague extends Person { readonly role: Role }

export interface Rota {
  readonly team: string;
  readonly version: number;
  readonly plan: Plan;
  readonly people: readonly Colleague[];
  readonly faults: readonly string[];
  /** The directory tells people of a night duty, so it holds whatever the plan says. */
  readonly night_promised: boolean;
  /** A name; empty while nothing was ever saved. */
  readonly changed_by: string;
  readonly changed_at: string | null;
  readonly may_edit: boolean;
}
export interface Gap { readonly start: string; readonly end: string; readonly missing: readonly string[]; readonly deputy: string | null }
export interface Overlap { readonly start: string; readonly end: string; readonly place: Place | null; readonly people: readonly string[] }
export type Place = "first" | "second";
/** One stretch of somebody's duty. `planned`: id of who would stand there without absence and substitute. */
export interface Duty {
  readonly start: string;
  readonly end: string;
  readonly place: Place;
  readonly shift: string;
  readonly day: string;
  readonly person: Person | null;
  readonly planned: string | null;
  readonly reason: "planned" | "swap" | "substitute" | "nobody";
}

export type AlertKind = "urgent" | "ordinary" | "callback_due" | "answer_waiting" | "handover_offered" | "missed_check_in" | "silent_alarm" | "test";
export type Channel = "matrix" | "push" | "sms" | "voice" | "coordination";
export type Target = "owner" | "companion" | "first" | "second" | "team" | "deputy" | "lead" | "coordination";
export interface DeliveryState {
  readonly channel: Channel;
  readonly recipient: Person;
  readonly state: "waiting" | "sent" | "dead";
  readonly attempts: number;
  readonly trouble: string | null;
}
export interface Reference { readonly words: readonly string[]; readonly number: number | string }
export interface Alert {
  readonly id: string;
  readonly team: string;
  readonly kind: AlertKind;
  readonly reference: Reference;
  readonly phase: "pending" | "sent" | "acknowledged" | "exhausted" | "resolved";
  readonly round: number;
  readonly level: number;
  readonly step: Target | "";
  readonly due: string | null;
  readonly owner: Person | null;
  readonly until: string | null;
  readonly yours: boolean;
  readonly mailbox: string | null;
  /** The field visit that it is about. */
  readonly visit: string | null;
  readonly deliveries: readonly DeliveryState[];
}
export interface Incident {
  readonly team: string;
  readonly trouble: "nobody" | "unreachable" | "exhausted" | "overdue" | "stuck" | "test_missed";
  readonly target: Target | "";
  readonly loud: boolean;
  readonly at: string;
  readonly times: number;
}
export interface AlertList { readonly alerts: readonly Alert[]; readonly incidents: readonly Incident[]; readonly loud: boolean }
export type Reply = "yours" | "paused" | "passed_on" | "confirmed" | "taken" | "old_round" | "over" | "foreign" | "no_more_pause" | "not_owner";
export interface Response { readonly reply: Reply; readonly reference: Reference; readonly owner: string; readonly until: string | null; readonly mailbox: string | null }

export type Network = "mobile" | "fixed" | "sip";
export interface MatrixDevice { readonly device_id: string; readonly ed25519: string; readonly pinned: boolean }
export interface Phone {
  readonly member: Person;
  readonly state: "none" | "unverified" | "verified" | "cut_off";
  /** Whole for its owner, the last digits for everybody else. */
  readonly number: string | null;
  readonly number_verified: boolean;
  /** Decides how its own number is hidden when it calls. */
  readonly network: Network;
  readonly matrix_user: string | null;
  readonly matrix_verified: boolean;
  readonly devices: readonly MatrixDevice[];
  readonly push: number;
  readonly language: "de" | "en";
  readonly may_edit: boolean;
  /** What became of the latest trial message, by channel. */
  readonly probe: readonly Probe[];
}
export interface Probe {
  readonly channel: Channel;
  readonly state: "waiting" | "sent" | "dead";
  readonly attempts: number;
  readonly trouble: string | null;
  readonly since: string;
}
export interface DeadLetter {
  readonly id: string;
  readonly channel: Channel;
  readonly recipient: Person;
  readonly saying: string;
  readonly since: string;
  readonly attempts: number;
  readonly trouble: string | null;
}

export class RotaApi {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  rota = (team: string) => this.#get<Rota>(`rota?${of(team)}`);
  saveRota = (team: string, version: number, plan: Plan) => this.#api.request<Rota>("PUT", `rota?${of(team)}`, { version, plan });
  gaps = (team: string) => this.#get<{ gaps: readonly Gap[]; overlaps: readonly Overlap[] }>(`rota/gaps?${of(team)}`);
  duties = async (team: string) => (await this.#get<{ duties: readonly Duty[] }>(`rota/duties?${of(team)}`)).duties;
  offerSwap = (team: string, shift: string, day: string) => this.#post<Rota>("rota/swaps", { team, shift, day });
  takeSwap = (team: string, shift: string, day: string) => this.#post<Rota>("rota/swaps/take", { team, shift, day });
  withdrawSwap = (team: string, shift: string, day: string) => this.#post<Rota>("rota/swaps/withdraw", { team, shift, day });
  addAbsence = (team: string, person: string, first: string, last: string, substitute: string | null) => this.#post<Rota>("rota/absences", { team, person, first, last, substitute });
  withdrawAbsence = (team: string, person: string, first: string, last: string) => this.#post<Rota>("rota/absences/withdraw", { team, person, first, last });
  calendar = async (team: string) => (await this.#post<{ url: string }>("calendar", { team })).url;

  alerts = () => this.#get<AlertList>("alerts");
  take = (alert: string) => this.#post<Response>(`alerts/${alert}/take`, {});
  later = (alert: string, minutes: number) => this.#post<Response>(`alerts/${alert}/later`, { minutes });
  passOn = (alert: string) => this.#post<Response>(`alerts/${alert}/pass-on`, {});
  deadLetters = async () => (await this.#get<{ letters: readonly DeadLetter[] }>("dead-letters")).letters;
  sendAgain = (letter: string) => this.#post<unknown>(`dead-letters/${encodeURIComponent(letter)}/again`, {});
  dropLetter = (letter: string) => this.#post<unknown>(`dead-letters/${encodeURIComponent(letter)}/drop`, {});

  phones = async (team: string) => (await this.#get<{ phones: readonly Phone[] }>(`phones?${of(team)}`)).phones;
  phone = (member: string) => this.#get<Phone>(`phones/${member}`);
  savePhone = (member: string, form: Pick<Phone, "number" | "network" | "matrix_user" | "language">) => this.#api.request<Phone>("PUT", `phones/${member}`, form);
  askCode = (member: string, channel: "number" | "matrix") => this.#post<{ code: string | null; until: string }>(`phones/${member}/code`, { channel });
  verify = (member: string, code: string) => this.#post<Phone>(`phones/${member}/verify`, { code });
  cutOff = (member: string) => this.#post<unknown>(`phones/${member}/cut-off`, {});
  sendProbe = (member: string) => this.#post<Phone>(`phones/${member}/probe`, {});
  confirmDevice = (member: string, device: MatrixDevice) => this.#post<unknown>(`phones/${member}/devices/confirm`, { device_id: device.device_id, ed25519: device.ed25519 });

  pushKey = async () => (await this.#get<{ key: string | null }>("push/key")).key;
  subscribePush = (endpoint: string, p256dh: string, auth: string) => this.#post<unknown>("push", { endpoint, p256dh, auth });
  forgetPush = (endpoint: string) => this.#post<unknown>("push/forget", { endpoint });

  #get<T>(path: string): Promise<T> {
    return this.#api.request<T>("GET", path);
  }

  #post<T>(path: string, body: object): Promise<T> {
    return this.#api.request<T>("POST", path, body);
  }
}

function of(team: string): string {
  return new URLSearchParams({ team }).toString();
}
