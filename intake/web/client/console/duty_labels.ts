/** What the codes of alerts, deliveries and duties are called on the screen. */
import type { AlertKind, Channel, DeliveryState, Duty, Incident, Reference, Target } from "./rota_api.ts";
import { t, tn } from "./words.ts";

export function kindName(kind: AlertKind): string {
  return {
    urgent: t("Dringende Anfrage"), ordinary: t("Neue Anfrage"), callback_due: t("Rückruf fällig"), answer_waiting: t("Jemand wartet auf Antwort"),
    handover_offered: t("Ein anderes Team bietet eine Anfrage an"), missed_check_in: t("Rückmeldung fehlt"), silent_alarm: t("Stiller Alarm: nicht anrufen"), test: t("Probealarm"),
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

export function recipientState({ state, attempts, trouble }: Pick<DeliveryState, "state" | "attempts" | "trouble">): string {
  if (state === "sent") return t("gesendet");
  if (state === "dead") return trouble === null ? t("geht nicht") : t("geht nicht ({why})", { why: troubleOf(trouble) });
  return attempts === 0 ? t("unterwegs") : tn("unterwegs, {n} Versuch", "unterwegs, {n} Versuche", attempts);
}

export function sayingName(kind: string): string {
  const names: Record<string, string> = {
    notice: t("Alarm"), new: t("Alarm"), again: t("Alarm"), loud: t("Alarm"), reminder: t("Erinnerung"), test: t("Probealarm"), test_missed: t("Probealarm nicht bestätigt"), news: t("Nachricht zu einem Alarm"), trouble: t("Nachricht an die Koordination"), code: t("Code"), probe: t("Probenachricht"), changed: t("Nummer geändert"),
  };
  return names[kind] ?? t("Nachricht");
}

/**
 * Why something could not be brought (the words of bots/: "<channel>: <reason>"), in a sentence that says who can mend it;
 * unknown reasons are told as they are, so that the operators can look for them.
 */
export function troubleOf(trouble: string): string {
  const reasons: readonly (readonly [RegExp, () => string])[] = [
    [/signed out|credit|key of the gateway|credentials|address of this server|sender invalid|HTTP 40[13]/, () => t("unser Zugang dort ist gesperrt, bitte die Technik rufen")],
    [/number (invalid|missing)|country code/, () => t("der Anbieter kennt die Nummer nicht")],
    [/daily limit/, () => t("zu viele SMS an diese Nummer heute")],
    [/not delivered/, () => t("beim Handy nicht angekommen")],
    [/not encrypted/, () => t("Verschlüsselung ausgeschaltet")],
    [/left the room|not in this room|somebody else/, () => t("der Raum im Messenger gilt nicht mehr, bitte neu bestätigen")],
    [/no verified|no confirmed device/, () => t("nicht bestätigt")],
    [/subscri/, () => t("Mitteilungen dort abgeschaltet")],
    [/picked up|no key|another key|hung up|busy|declined|no_answer/, () => t("niemand hat abgenommen und die 1 gedrückt")],
    [/no answer|no connection|not connected|Timeout|HTTP (5|429)/, () => t("gerade keine Verbindung")],
  ];
  return reasons.find(([form]) => form.test(trouble))?.[1]() ?? trouble;
}

export function troubleName(trouble: Incident["trouble"], target: Target | ""): string {
  switch (trouble) {
    case "nobody":
      if (target === "owner") return t("Nicht zu erreichen: {who}.", { who: targetName(target) });
      return target === "" ? t("Niemand war eingetragen.") : t("Niemand war eingetragen: {who}.", { who: targetName(target) });
    case "unreachable": return target === "" ? t("Niemand war zu erreichen.") : t("Nicht zu erreichen: {who}.", { who: targetName(target) });
    case "exhausted": return t("Auf einen Alarm hat niemand reagiert.");
    case "overdue": return t("Ein Alarm blieb liegen und wurde nachgeholt.");
    case "stuck": return t("Ein Eintrag lässt sich nicht weiterführen. Er wird alle fünf Minuten neu versucht; bitte sagen Sie es der Technik.");
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
