/** What is counted, in words. */
import { channelName, phenomenonName, roleName } from "./labels.ts";
import type { CountedKind, Indicator, Referral } from "./statistics_api.ts";
import { t } from "./words.ts";

export function kindName(kind: CountedKind): string {
  return {
    information: t("Informationsgespräch"), one_off: t("Einmalberatung"), clarification: t("Klärungssachverhalt"), case: t("Fall"),
    signposted: t("Verweisberatung"), none: t("Keine Beratung"),
  }[kind];
}

export function referralName(referral: Referral): string {
  return {
    unknown: t("Nicht bekannt"), own_search: t("Selbst gefunden"), relatives: t("Familie oder Freunde"), school: t("Schule"),
    youth_welfare: t("Jugendhilfe"), justice: t("Justiz"), police: t("Polizei"), counselling: t("Andere Beratung"), other: t("Anderer Weg"),
  }[referral];
}

export function indicatorName(indicator: Indicator): string {
  return {
    goals: t("Vereinbarte Ziele sind erreicht."), clarity: t("Die Person sieht ihre Lage klarer."), skills: t("Sie weiß, was sie tun kann."),
    support: t("Sie hat Menschen, die ihr helfen."), safety: t("Sie ist sicherer als vorher."), independent: t("Sie braucht keine Beratung mehr."),
  }[indicator];
}

export function subjectName(subject: string): string {
  const names: Record<string, string> = {
    kind: t("Art der Beratung"), role: t("Wer sich gemeldet hat"), phenomenon: t("Thema"), channel: t("Weg zu uns"), referral: t("Von wem empfohlen"),
    duration: t("Dauer"), pace: t("Zeit bis zur ersten Antwort"), promise: t("Antwort in der zugesagten Zeit"),
  };
  return names[subject] ?? (subject.startsWith("indicator_") ? indicatorName(subject.slice(10) as Indicator) : subject);
}

export function valueName(subject: string, value: string): string {
  if (subject === "kind") return kindName(value as CountedKind);
  if (subject === "role") return roleName(value);
  if (subject === "phenomenon") return value === "several" ? t("Mehrere Themen") : phenomenonName(value);
  if (subject === "referral") return referralName(value as Referral);
  const names: Record<string, string> = {
    web: t("Webseite"), messenger: channelName("matrix"), hotline: channelName("hotline"), referrer: t("Vermittelt"), other: t("Anderer Weg"),
    week: t("bis 1 Woche"), month: t("bis 1 Monat"), quarter: t("bis 3 Monate"), half_year: t("bis 6 Monate"), year: t("bis 1 Jahr"), longer: t("länger"),
    same_day: t("am selben Tag"), next_day: t("am nächsten Tag"), days_2_3: t("nach 2 bis 3 Tagen"), days_4_7: t("nach 4 bis 7 Tagen"), later: t("später"),
    kept: t("eingehalten"), late: t("zu spät"), yes: t("ja"), no: t("nein"),
  };
  return names[value] ?? value;
}

export function halfName(half: string): string {
  const [year = "", part] = half.split("-");
  return part === "1" ? t("Januar bis Juni {year}", { year }) : t("Juli bis Dezember {year}", { year });
}
