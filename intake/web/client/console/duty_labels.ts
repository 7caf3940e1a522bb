/** What the codes of alerts, deliveries and duties are called on the screen. */
import type { AlertKind, Channel, DeliveryState, Duty, Incident, Reference, Target } from "./rota_api.ts";
import { t, tn } from "./words.ts";

export function kindName(kind: AlertKind): string {
  return {
    urgent: t("Dringende Anfrage"), ordinary: t("Neue Anfrage"), callback_due: t("Rückruf fällig"), answer_waiting: t("Jemand wartet auf Antwort"),
    missed_check_in: t("Rückmeldung fehlt"), test: t("Probealarm"),
  }[kind] ?? kind;
}

export function targetName(target: Target): string {
  return {
    owner: t("wer sich kümmert"), companion: t("zweite Begleitung"), first: t("wer Dienst hat"), second: t("zweite Person im Dienst"), team: t("das ganze Team"),
    deputy: t("das Vertretungsteam"), lead: t("die Leitung"), coordination: t("die Landeskoordination"),
  }[target] ?? target;
}

export function channelWord(channel: Channel): string {
  return { matrix: t("Messenger"), push: t("Mitteilung"), sms: t("SMS"), voice: t("Anruf"), coordination: t("Landeskoordination") }[channel] ?? channel;
}

export function recipientState({ state, attempts, trouble }: DeliveryState): string {
  if (state === "sent") return t("gesendet");
  if (state === "dead") return trouble === null ? t("geht nicht") : t("geht nicht ({why})", { why: troubleOf(trouble) });
  return attempts === 0 ? t("unterwegs") : tn("unterwegs, {n} Versuch", "unterwegs, {n} Versuche", attempts);
}

export function sayingName(kind: string): string {
  const names: Record<string, string> = {
    notice: t("Alarm"), new: t("Alarm"), again: t("Alarm"), loud: t("Alarm"), reminder: t("Erinnerung"), test: t("Probealarm"), test_missed: t("Probealarm nicht bestätigt"), news: t("Nachricht zu einem Alarm"), trouble: t("Nachricht an die Koordination"), code: t("Code"), changed: t("Nummer geändert"),
  };
  return names[kind] ?? t("Nachricht");
}

/** The class of error of a delivery; unknown ones are told as they are, so that the operators can look for them. */
export function troubleOf(trouble: string): string {
  const names: Record<string, string> = {
    timeout: t("keine Antwort"), unreachable: t("nicht erreichbar"), refused: t("abgelehnt"), room_left: t("Raum verlassen"), unencrypted: t("Verschlüsselung ausgeschaltet"),
    no_address: t("keine Adresse"), unverified: t("nicht bestätigt"), gone: t("abgemeldet"),
  };
  return names[trouble] ?? trouble;
}

export function troubleName(trouble: Incident["trouble"], target: Target | ""): string {
  switch (trouble) {
    case "nobody":
      if (target === "owner") return t("Nicht zu erreichen: {who}.", { who: targetName(target) });
      return target === "" ? t("Niemand war eingetragen.") : t("Niemand war eingetragen: {who}.", { who: targetName(target) });
    case "unreachable": return target === "" ? t("Niemand war zu erreichen.") : t("Nicht zu erreichen: {who}.", { who: targetName(target) });
    case "exhausted": return t("Auf einen Alarm hat niemand reagiert.");
    case "overdue": return t("Ein Alarm blieb liegen und wurde nachgeholt.");
    case "test_missed": return t("Ein Probealarm wurde nicht bestätigt.");
  }
}

export function placeName(place: Duty["place"]): string {
  return place === "first" ? t("Erste Person") : t("Zweite Person");
}

/** "Kranich Laterne · 4711": the name of an alert that a service phone understands, too. */
export function referenceInWords({ words, number }: Reference): string {
  return `${words.join(" ")} · ${number}`;
}
