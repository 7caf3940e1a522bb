/** Words of the plan: what an entry is, and what became of an appointment. */
import type { DayItem, PlanLine, Rhythm } from "./appointments_api.ts";
import { t } from "./words.ts";
import { dayName, shortDay, timeOf, dateOf, weekdayShort } from "./zone.ts";

export function whatWord(what: DayItem["what"]): string {
  return { appointment: t("Kontakttermin"), callback: t("Rückruf"), visit: t("Außentermin"), duty: t("Dienst") }[what];
}

export function itemState({ what, state }: DayItem): string {
  if (what === "duty") return state === "first" ? t("Erste") : t("Zweite");
  return ({
    wished: t("Die Person schlägt eine andere Zeit vor"), open: t("Wie war es?"), due: t("jetzt"), attempting: t("Es wird gerade angerufen"),
    overdue: t("Keine Rückmeldung"), owned: t("Es kümmert sich jemand"), closed: t("vorbei"),
  } as Record<string, string>)[state] ?? "";
}

/** "Do., 26. Nov., 13:00" */
export function moment(at: string): string {
  return `${dayName(dateOf(at))}, ${timeOf(at)}`;
}

export function lineWord({ entry, at }: PlanLine): string {
  const when = at === null ? "" : moment(at);
  return ({
    planned: t("Geplant: {when}", { when }), moved: t("Verschoben auf {when}", { when }), wished: t("Anderer Vorschlag: {when}", { when }), accepted: t("Vorschlag angenommen: {when}", { when }),
    declined: t("Vorschlag nicht möglich: {when}", { when }), arranged: t("Vereinbarung geändert"), switched: t("Der Plan hat wie vereinbart gewechselt"), kept: t("Hat stattgefunden: {when}", { when }),
    missed: t("Kam nicht zustande: {when}", { when }), skipped: t("Ausgelassen: {when}", { when }), untold: t("Nicht eingetragen: {when}", { when }),
  } as Record<string, string>)[entry] ?? entry;
}

export function rhythmWord({ days, start, end, until }: Rhythm): string {
  const named = days.map(weekdayShort).join(", ");
  return until === null ? t("Nur {days}, {start} bis {end}", { days: named, start, end }) : t("Nur {days}, {start} bis {end}, bis zum {until}", { days: named, start, end, until: shortDay(until) });
}
