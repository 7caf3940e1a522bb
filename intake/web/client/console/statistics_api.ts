/** Numbers: what is counted of an ended contact, and what is published. The server keeps counters only. */
import { randomBytes, toBase64 } from "../lib/bytes.ts";
import type { Api, CloseReason, ContactRow } from "./api.ts";
import { now } from "./clock.ts";
import type { Facts } from "./thread.ts";

export const KINDS = ["information", "one_off", "clarification", "case", "signposted", "none"] as const;
export type CountedKind = (typeof KINDS)[number];
export const REFERRALS = ["unknown", "own_search", "relatives", "school", "youth_welfare", "justice", "police", "counselling", "other"] as const;
export type Referral = (typeof REFERRALS)[number];
export const INDICATORS = ["goals", "clarity", "skills", "support", "safety", "independent"] as const;
export type Indicator = (typeof INDICATORS)[number];

/** What the counsellor chooses; the rest is taken from the contact. `indicators` null: the list was left out. */
export interface Chosen { readonly kind: CountedKind; readonly referral: Referral; readonly indicators: readonly Indicator[] | null }

export interface Group { readonly values: readonly string[]; readonly total: number }
/** A count of null is left out. `total` null: fewer than five in all. */
export interface Table {
  readonly subject: string;
  readonly rows: readonly Group[];
  readonly columns: readonly Group[];
  readonly counts: readonly (readonly (number | null)[])[];
  readonly total: number | null;
}
export interface Gap { readonly place: string; readonly phenomenon: string; readonly role: string; readonly only_civil: boolean }
export interface Publication {
  readonly lands: readonly string[];
  readonly halves: readonly string[];
  readonly land: string;
  readonly half: string | null;
  readonly tables: readonly Table[];
  readonly gaps: readonly Gap[];
}

/** What such an end most often is; null: the team that goes on counts it. */
export function likelyKind(reason: CloseReason): CountedKind | null {
  switch (reason) {
    case "answered": return "one_off";
    case "mandated": return "case";
    case "signposted": return "signposted";
    case "forwarded": return null;
    default: return "none";
  }
}

const DAY = 86_400_000;

/** How long it took, in classes. */
export function duration(received: string, at: Date = now()): string {
  const days = (at.getTime() - Date.parse(received)) / DAY;
  return days <= 7 ? "week" : days <= 31 ? "month" : days <= 92 ? "quarter" : days <= 183 ? "half_year" : days <= 366 ? "year" : "longer";
}

const CHANNELS: Readonly<Record<string, string>> = { web: "web", web_no_js: "web", matrix: "messenger", hotline: "hotline", referrer: "referrer" };

export class Statistics {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  /** Counts one ended contact. Nothing that is sent names it. */
  count(contact: ContactRow, facts: Facts, chosen: Chosen): Promise<unknown> {
    return this.#api.request("POST", "statistics", {
      team: contact.team, once: toBase64(randomBytes(16)), ...chosen, role: facts.role, phenomena: facts.phenomena,
      channel: CHANNELS[contact.channel] ?? "other", duration: duration(contact.received), place: facts.kreis,
    });
  }

  read(land: string | null, half: string | null): Promise<Publication> {
    const query = new URLSearchParams();
    if (land !== null) query.set("land", land);
    if (half !== null) query.set("half", half);
    return this.#api.request("GET", `statistics?${query}`);
  }
}

/** The tables as CSV (RFC 4180, with semicolons and a byte order mark, as spreadsheets in Germany expect it). */
export function csv(tables: readonly Table[], name: (subject: string) => string, value: (subject: string, code: string) => string, place: (code: string) => string, left_out: string, all: string): string {
  const quoted = (cell: string) => (/[";\n]/.test(cell) ? `"${cell.replace(/"/g, '""')}"` : cell);
  const lines: string[] = [];
  for (const table of tables) {
    lines.push(name(table.subject));
    const heads = table.columns.map((group) => group.values.map((code) => value(table.subject, code)).join(" + "));
    lines.push(["", ...heads, all].map(quoted).join(";"));
    for (const [i, row] of table.rows.entries()) {
      const cells = (table.counts[i] ?? []).map((count) => (count === null ? left_out : String(count)));
      lines.push([row.values.map(place).join(" + "), ...cells, String(row.total)].map(quoted).join(";"));
    }
    lines.push([all, ...table.columns.map(({ total }) => String(total)), table.total === null ? left_out : String(table.total)].map(quoted).join(";"), "");
  }
  return `\uFEFF${lines.join("\r\n")}`;
}
