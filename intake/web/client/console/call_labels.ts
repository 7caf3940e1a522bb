/** What the states of a callback are called, and when it may be called. */
import type { Time } from "../lib/agreement.ts";
import type { Call, Due, Outcome } from "./callbacks.ts";
import { t, tn } from "./words.ts";
import { dateOf, shortDay, timeOf, today } from "./zone.ts";

export const OUTCOMES: readonly Outcome[] = ["reached", "not_reached", "somebody_else", "wrong_number", "never_again"];

export function outcomeName(outcome: Outcome): string {
  return {
    reached: t("Erreicht"), not_reached: t("Nicht erreicht"), somebody_else: t("Jemand anderes war dran"),
    wrong_number: t("Falsche Nummer"), never_again: t("Nicht mehr anrufen"),
  }[outcome];
}

export function outcomeHint(outcome: Outcome): string {
  return {
    reached: t("Die Nummer wird nach einem Tag gelöscht."), not_reached: t("Wir versuchen es in 20 Minuten oder in der nächsten Zeit noch einmal."),
    somebody_else: t("Auch das Wort stimmte nicht. Dann erst in der nächsten Zeit wieder."),
    wrong_number: t("Die Nummer gehört jemand anderem. Sie wird sofort gelöscht."), never_again: t("Die Nummer wird gelöscht und als Prüfwert auf die Liste gesetzt."),
  }[outcome];
}

export function timeName({ day, from, to }: Time): string {
  const name = day === today() ? t("Heute") : shortDay(day);
  return t("{day}, {from} bis {to} Uhr", { day: name, from, to });
}

/** The one line under a callback: what is to be done with it now. */
export function standingOf(due: Due): string {
  if (due.state === "attempting") return due.yours ? t("Sie rufen gerade an.") : t("{name} ruft gerade an.", { name: due.by });
  if (due.may_dial && due.end !== null) return t("Jetzt, bis {time} Uhr", { time: timeOf(due.end) });
  if (due.start === null || due.end === null) return t("Keine Zeit mehr");
  return timeName({ day: dateOf(due.start), from: timeOf(due.start), to: timeOf(due.end) });
}

export function attemptsName({ attempts }: Due): string {
  return attempts === 0 ? t("noch kein Versuch") : tn("{n} Versuch", "{n} Versuche", attempts);
}

/** Reasons not to dial at once, the gravest first; empty when all is well. */
export function doubts({ standing, moved, twins, never }: Call): string[] {
  return [
    standing === "forged" ? t("Diese Absprache ist nicht von der Person. Nicht anrufen. Bitte sagen Sie Ihrer Leitung Bescheid.") : "",
    standing === "unreadable" ? t("Diese Absprache lässt sich nicht öffnen.") : "",
    standing === "missing" ? t("Verschlossen für einen Schlüssel des Teams, den Sie nicht haben. Ihre Leitung kann ihn freigeben.") : "",
    never === true ? t("Diese Nummer steht auf der Liste „nicht mehr anrufen“.") : "",
    never === null ? t("Die Liste „nicht mehr anrufen“ lässt sich nicht lesen. Bitte fragen Sie im Team.") : "",
    moved ? t("Die Zeit passt nicht zu dem, was die Person unterschrieben hat. Nicht anrufen. Bitte sagen Sie Ihrer Leitung Bescheid.") : "",
    twins > 0 ? t("Für diese Nummer gibt es noch einen offenen Rückruf. Vielleicht erlaubt sich jemand einen Scherz. Rufen Sie nur einmal an.") : "",
  ].filter(Boolean);
}

/** Whether a counsellor may dial at all. */
export function callable({ standing, moved, never }: Call): boolean {
  return standing === "genuine" && !moved && never !== true;
}
