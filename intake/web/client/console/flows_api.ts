/** What may be told to whom (the rules of the network), and what was told of one contact. */
import type { Api, Person } from "./api.ts";
import { t } from "./words.ts";

export const INFORMATION = ["anonymised", "attendance", "contact_data", "content", "danger"] as const;
export type Information = (typeof INFORMATION)[number];
export const BODIES = ["team", "other_help", "relatives", "school", "youth_office", "court", "police", "intelligence"] as const;
export type Body = (typeof BODIES)[number];
export type Takes = "free" | "consent" | "release" | "two_people";

export interface Flow {
  readonly id: string;
  readonly information: Information;
  readonly body: Body;
  readonly takes: Takes;
  readonly state: "waiting" | "done" | "declined";
  readonly by: Person;
  readonly at: string;
  readonly second: Person | null;
  readonly second_at: string | null;
}
export interface Flows {
  readonly rules: readonly { readonly information: Information; readonly body: Body; readonly takes: Takes }[];
  readonly flows: readonly Flow[];
}

export class FlowsApi {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  read = (mailbox: string) => this.#api.request<Flows>("GET", `contacts/${mailbox}/flows`);
  propose = (mailbox: string, information: Information, body: Body, proof: Takes | null, note: string) =>
    this.#api.request<Flows>("POST", `contacts/${mailbox}/flows`, { information, body, proof, note });
  decide = (mailbox: string, id: string, confirm: boolean) => this.#api.request<Flows>("POST", `contacts/${mailbox}/flows/${id}`, { confirm });
}

export function informationName(information: Information): string {
  return {
    anonymised: t("Sachverhalt ohne Namen"), attendance: t("Teilnahme, sonst nichts"), contact_data: t("Name oder Erreichbarkeit"),
    content: t("Inhalt der Beratung"), danger: t("Angekündigte schwere Straftat (§ 138 StGB)"),
  }[information];
}

export function bodyName(body: Body): string {
  return {
    team: t("Anderes Beratungsteam"), other_help: t("Andere Hilfe (Schulden, Sucht, Recht …)"), relatives: t("Angehörige"), school: t("Schule"), youth_office: t("Jugendamt"),
    court: t("Gericht oder Bewährungshilfe"), police: t("Polizei"), intelligence: t("Verfassungsschutz"),
  }[body];
}

/** What the rule means, as a sentence; null: never. */
export function ruleSentence(takes: Takes | null): string {
  switch (takes) {
    case "free": return t("Das dürfen Sie. Bitte nennen Sie nichts, woran man jemanden erkennt.");
    case "consent": return t("Nur mit Einwilligung der Person. Schreiben Sie auf, wann und mit welchen Worten sie zugestimmt hat.");
    case "release": return t("Nur mit schriftlicher Entbindung von der Schweigepflicht. Schreiben Sie auf, wo sie liegt und von wann sie ist.");
    case "two_people": return t("Das entscheiden immer zwei aus dem Team. Sie schlagen es vor, jemand anderes bestätigt. Die Zeiten werden festgehalten.");
    case null: return t("Das darf nicht weitergegeben werden. Im Zweifel: nichts weitergeben und die Leitung fragen.");
  }
}
