/** What the codes of a case are called on the screen. */
import type { Case, CaseKind, CaseStep, Kept, Mandate, Outcome, Sheet, Warning, Why } from "./cases.ts";
import { dated } from "./clock.ts";
import { t } from "./words.ts";

export function kindWord(kind: CaseKind): string {
  return { information: t("Informationsgespräch"), one_off: t("Einmalberatung"), clarification: t("Klärungssachverhalt"), case: t("Fall") }[kind];
}

export function kindHint(kind: CaseKind): string {
  return {
    information: t("Allgemeine Auskunft, ohne Bezug auf eine Person."), one_off: t("Ein Gespräch, danach ist nichts weiter zu tun."),
    clarification: t("Erst klären, worum es geht."), case: t("Beratung über längere Zeit. Dafür braucht es eine Beauftragung."),
  }[kind];
}

export function mandateWord(mandate: Mandate): string {
  return { voluntary: t("Freiwillig beauftragt"), condition: t("Zugang durch eine Auflage oder Weisung"), authority: t("Zugang über eine Behörde") }[mandate];
}

/** Assigned access has words of its own: nobody pretends that it was a wish. */
export function mandateHint(mandate: Mandate): string {
  return {
    voluntary: t("Die Person hat selbst beauftragt und kann jederzeit aufhören."),
    condition: t("Ein Gericht verlangt die Teilnahme. Bestätigt wird nur, dass jemand da war, und nur mit Einwilligung. Was gesprochen wird, bleibt hier."),
    authority: t("Eine Behörde hat vermittelt. Sie erfährt nichts, außer die Person willigt ein, dass die Teilnahme bestätigt wird."),
  }[mandate];
}

export function agreementWord({ agreement, mandate }: Pick<Case, "agreement" | "mandate">): string {
  const name = mandate === "voluntary" ? t("Beratungsvereinbarung") : t("Teilnahmevereinbarung");
  return { none: t("{name}: noch keine", { name }), offered: t("{name}: angeboten", { name }), active: t("{name}: gilt", { name }), dissolved: t("{name}: aufgelöst", { name }) }[agreement];
}

export function whyWord(why: Why | "ended"): string {
  return { person: t("auf Wunsch der Person"), not_kept: t("nicht eingehalten"), goals_reached: t("Ziele erreicht"), team: t("durch das Team"), ended: t("mit dem Ende der Beratung") }[why];
}

export function outcomeWord(outcome: Outcome): string {
  return {
    independent: t("Die Person braucht die Beratung nicht mehr."), done: t("Alles Nötige ist gesagt."), clarified: t("Geklärt: nichts weiter zu tun."), person: t("Die Person möchte aufhören."),
    no_contact: t("Kein Kontakt mehr."), not_kept: t("Vereinbarung nicht eingehalten."), handed_over: t("An ein anderes Team übergeben."), other: t("Anderer Grund."),
  }[outcome];
}

export function keptWord(why: Kept): string {
  return { person: t("Die Person möchte es."), claim: t("Ein Anspruch oder ein Verfahren ist offen."), duty: t("Ein Gesetz verlangt es, zum Beispiel eine offene Entscheidung nach § 138 StGB.") }[why];
}

export function warningWord(warning: Warning): string {
  return { one_companion: t("Es fehlt eine zweite Begleitung."), no_agreement: t("Es gibt noch keine gültige Vereinbarung."), review_due: t("Die Vereinbarung sollte wieder angesehen werden.") }[warning];
}

export function stateWord(state: Case["state"]): string {
  return { open: t("läuft"), paused: t("ruht"), ended: t("beendet") }[state];
}

export function intervalWord(days: number | null): string {
  if (days === null) return t("nach Bedarf");
  return days === 1 ? t("jeden Tag") : t("alle {n} Tage", { n: days });
}

export function sheetWord(sheet: Sheet): string {
  return {
    anamnesis: t("Vorgeschichte (Anamnese)"), situation: t("Lage jetzt"), goals: t("Ziele"), steps: t("Schritte"), protection: t("Schutzmaßnahmen"),
    attendance: t("Teilnahme"), consultation: t("Anonyme Fallberatung"),
  }[sheet];
}

/** The questions of the house; a carrier may word its own. */
export function questionsOf(sheet: Sheet): readonly string[] {
  return {
    anamnesis: [t("Wie ist es dazu gekommen?"), t("Was hält die Person dort, was zieht sie weg?"), t("Familie, Freunde, Arbeit, Gesundheit")],
    situation: [t("Wie sieht der Alltag gerade aus?"), t("Was drängt?"), t("Wer weiß von dem Wunsch, etwas zu ändern?")],
    goals: [t("Was soll anders werden?"), t("Woran merken beide Seiten, dass es erreicht ist?")],
    steps: [t("Was ist seit dem letzten Mal geschehen?"), t("Was kommt als Nächstes, bis wann, durch wen?")],
    protection: [t("Wovor muss die Person geschützt werden?"), t("Was ist vereinbart?"), t("Wie erreichen wir einander im Notfall?")],
    attendance: [t("Einwilligung: Was hat die Person wann erlaubt, und wem darf es bestätigt werden?")],
    consultation: [t("Sachverhalt, ohne Namen, Orte und Geburtsdaten"), t("Landkreis oder kreisfreie Stadt"), t("Wer sich gemeldet hat (zum Beispiel: Mutter, Lehrkraft)")],
  }[sheet] as readonly string[];
}

/** One line of the history. */
export function stepWord({ step, detail }: CaseStep, name: (id: string) => string): string {
  const [first = "", second = ""] = detail.split(" ");
  const side = (who: string) => (who === "person" ? t("Wunsch der Person") : t("Vorschlag des Teams"));
  switch (step) {
    case "open": case "become": return [kindWord(first as CaseKind), second !== "" && second !== "-" ? mandateWord(second as Mandate) : ""].filter(Boolean).join(" · ");
    case "offer": return t("Vereinbarung angeboten");
    case "agree": return t("Vereinbarung getroffen");
    case "review": return t("Vereinbarung angesehen");
    case "dissolve": return t("Vereinbarung aufgelöst: {why}", { why: whyWord(first as Why) });
    case "accompany": return t("Begleitung: {names}", { names: [first, second].filter((id) => id !== "" && id !== "-").map(name).join(", ") });
    case "pace": return t("Kontakt {interval} ({side})", { interval: intervalWord(first === "-" ? null : Number(first)), side: side(second) });
    case "pause": return t("Pause ({side})", { side: side(first) });
    case "resume": return t("Es geht weiter");
    case "end": return outcomeWord(first as Outcome);
    case "keep": return [t("Aufbewahren bis {day}", { day: dated(first) }), keptWord(second as Kept)].join(". ");
    case "reopen": return t("Wieder aufgenommen");
    case "conflict": return t("Eine Begleitung kennt die Person und ist ausgeschieden");
    case "handover": return t("Von einem anderen Team übernommen");
    default: return step;
  }
}
