/** Field visits in words. */
import { t } from "./words.ts";
import type { ClosingReason, OpeningReason, Purpose, Reason, Routine, Said, Visit } from "./visits_api.ts";
import { at, timeOf } from "./zone.ts";

export function purposeName(purpose: Purpose): string {
  return { visit: t("Außentermin"), home: t("Sicher zuhause"), office: t("Allein im Büro"), drill: t("Übung") }[purpose] ?? purpose;
}

export function reasonName(reason: Reason): string {
  return {
    safe: t("Alles in Ordnung"), false_alarm: t("Fehlalarm"), help_sent: t("Hilfe wurde geschickt"), lost_contact: t("Kontakt verloren"),
    cancelled: t("Abgesagt"), unanswered: t("Nicht beantwortet"),
  }[reason] ?? reason;
}

export const CLOSING: readonly ClosingReason[] = ["safe", "false_alarm", "help_sent", "lost_contact"];
export const OPENING: readonly OpeningReason[] = ["no_answer", "silent_alarm", "emergency_call"];

export function openingName(reason: OpeningReason): string {
  return { no_answer: t("Niemand erreicht die Person"), silent_alarm: t("Stiller Alarm"), emergency_call: t("Wir rufen die 110") }[reason];
}

export function standing(visit: Visit): string {
  switch (visit.phase) {
    case "planned": return visit.technical ? t("Der Funktionstest ist nicht bestätigt.") : visit.asked ? t("Der Funktionstest läuft. Antworten Sie „ok“ auf dem Diensthandy, oder bestätigen Sie hier.") : t("Geplant. Vor dem Beginn kommt ein Funktionstest auf das Diensthandy.");
    case "armed": return t("Abgesichert. Rückmeldung: {when}", { when: at(visit.due) });
    case "due": return t("Rückmeldung um {time}.", { time: timeOf(visit.due) });
    case "reminded": return t("Die Rückmeldung steht aus, seit {time}.", { time: timeOf(visit.due) });
    case "overdue": return visit.silent ? t("Stiller Alarm. Nicht anrufen, nicht schreiben.") : t("Die Rückmeldung fehlt. Es wird jemand gerufen.");
    case "owned": return visit.owner === null ? t("Jemand kümmert sich.") : visit.owned_until === null ? t("{name} kümmert sich.", { name: visit.owner.name }) : t("{name} kümmert sich, bis {time}.", { name: visit.owner.name, time: at(visit.owned_until) });
    case "closed": return visit.reason === null ? t("Beendet") : reasonName(visit.reason);
  }
}

export function said({ reply, at: when }: Said): string {
  const time = when === null ? "" : timeOf(when);
  switch (reply) {
    case "armed": return t("Funktionstest bestätigt. Nächste Rückmeldung: {time}.", { time });
    case "noted": return t("Danke. Der Termin läuft weiter, Rückmeldung um {time}.", { time });
    case "next": return t("Danke. Nächste Rückmeldung: {time}.", { time });
    case "done": return t("Danke. Ihr Termin ist beendet. Kommen Sie gut an.");
    case "all_clear": return t("Danke, gut dass Sie sich melden. Alle, die gerufen wurden, bekommen Entwarnung.");
    case "cancelled": return t("Abgesagt. Es wird niemand gerufen.");
    case "extended": return t("Verlängert. Nächste Rückmeldung: {time}.", { time });
    case "pin": return t("Bitte geben Sie Ihre PIN ein.");
    case "wrong_pin": return t("Diese PIN stimmt nicht. Bitte noch einmal.");
    case "too_long": return t("So lange geht es nicht. Höchstens drei Stunden mehr und zwölf Stunden im Ganzen.");
    case "escalated": return t("Es ist schon jemand gerufen. Geht es Ihnen gut? Dann melden Sie sich mit Ihrer PIN.");
    case "over": return t("Dieser Termin ist schon beendet.");
    case "old_check": return t("Das galt einer älteren Rückmeldung. Bitte melden Sie sich noch einmal.");
    case "second": return t("Vermerkt. Eine zweite Person muss dasselbe bestätigen.");
    case "closed": return t("Geschlossen.");
    case "not_you": return t("Den eigenen Termin beenden Sie mit „Ich bin raus“.");
    default: return t("Gerade läuft kein Außentermin von Ihnen.");
  }
}

/** Only these have changed something for good; the others ask for more. */
export const SETTLED: ReadonlySet<string> = new Set(["armed", "noted", "next", "done", "all_clear", "cancelled", "extended", "second", "closed"]);

export function entryName(entry: string): string {
  return {
    planned: t("Geplant"), test_sent: t("Funktionstest gesendet"), test_confirmed: t("Funktionstest bestätigt"), checked_in: t("Zurückgemeldet"), extended: t("Verlängert"),
    asked: t("Erinnert"), technical: t("Diensthandy nicht erreichbar"), alarm: t("Alarm"), level: t("Nächste Stufe"), owned: t("Übernommen"), silent: t("Stiller Alarm"),
    wrong_pin: t("Falsche PIN"), proposed: t("Ende vorgeschlagen"), closed: t("Beendet"), sheet_opened: t("Besuchszettel geöffnet"),
  }[entry] ?? entry;
}

export function routineName(kind: Routine["kind"]): string {
  return purposeName(kind);
}
