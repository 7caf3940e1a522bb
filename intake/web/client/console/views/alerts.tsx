/** Open alerts, what troubles the way to the colleagues, and messages that never arrived. */
import { useEffect, useState } from "preact/hooks";
import { changed, replyInWords, wantsSomebody } from "../alerts.ts";
import { useConsole, useSession } from "../console.ts";
import { channelWord, kindName, recipientState, referenceInWords, sayingName, targetName, troubleName, troubleOf } from "../duty_labels.ts";
import { teamName } from "../labels.ts";
import type { Alert, DeadLetter, DeliveryState, Incident } from "../rota_api.ts";
import { useStore } from "../store.ts";
import { t, tn } from "../words.ts";
import { at, until } from "../zone.ts";
import { failure } from "../faults.ts";
import { Dialog, Icon, Notice, ViewTitle } from "./parts.tsx";

const PAUSES = [10, 30, 60, 120] as const;

/** A strip over every room while somebody is called and nobody has it. Looks for alerts as long as it is drawn. */
export function AlertStrip() {
  const house = useConsole();
  const { alerts } = useStore(house.alerts.state);
  const place = useStore(house.router.place);
  useEffect(() => {
    house.alerts.onNews = (alert) => house.say(t("Alarm: {what}. Jemand muss übernehmen.", { what: kindName(alert.kind) }));
    house.alerts.start();
    return () => house.alerts.stop();
  }, [house]);
  const open = alerts.filter(wantsSomebody);
  if (open.length === 0 || place.section === "alerts") return null;
  const loud = open.some(({ kind, phase }) => phase === "exhausted" || (kind !== "ordinary" && kind !== "handover_offered" && kind !== "test"));
  return (
    <button type="button" class={`strip${loud ? " loud" : ""}`} onClick={() => house.router.go({ section: "alerts" })}>
      <Icon name="bell" /><span>{tn("Ein Alarm wartet.", "{n} Alarme warten.", open.length)}</span><b>{t("Ansehen")}</b>
    </button>
  );
}

export function AlertsView() {
  const house = useConsole();
  const { alerts, incidents, known, error } = useStore(house.alerts.state);
  const [later, setLater] = useState<Alert | null>(null);
  const [busy, setBusy] = useState("");
  const [told, setTold] = useState("");

  useEffect(() => void house.alerts.look(), []);

  const answer = async (alert: Alert, how: () => ReturnType<typeof house.rota.take>) => {
    if (busy !== "") return;
    setBusy(alert.id);
    setTold("");
    setLater(null);
    try {
      const response = await how();
      const said = replyInWords(response);
      if (changed(response)) house.show(said);
      else setTold(said);
    } catch (problem) {
      setTold(failure(problem));
    } finally {
      setBusy("");
      await house.alerts.look();
      void house.inbox.refresh();
    }
  };

  const order = (alert: Alert) => (wantsSomebody(alert) ? 0 : alert.yours ? 1 : 2);
  const sorted = [...alerts].sort((one, other) => order(one) - order(other));
  return (
    <section class="pane page duty">
      <ViewTitle focus="alerts">{t("Alarme")}</ViewTitle>
      <p class="soft">{t("Wer hier übernimmt, kümmert sich. Die anderen haben dann Ruhe.")}</p>
      {told !== "" && <Notice>{told}</Notice>}
      {error !== null && <Notice>{error} <button type="button" class="link" onClick={() => void house.alerts.look()}>{t("Noch einmal versuchen")}</button></Notice>}
      {!known && error === null && <p role="status">{t("Wird geladen …")}</p>}
      {known && sorted.length === 0 && <div class="empty"><Icon name="bell" /><p>{t("Gerade ruft niemand. Wenn jemand gebraucht wird, steht es hier und auf dem Diensthandy.")}</p></div>}
      <ul class="cards">
        {sorted.map((alert) => <AlertCard key={alert.id} alert={alert} busy={busy === alert.id} onTake={() => void answer(alert, () => house.rota.take(alert.id))} onLater={() => setLater(alert)} onPass={() => void answer(alert, () => house.rota.passOn(alert.id))} />)}
      </ul>
      <Health incidents={incidents} />
      {later !== null && (
        <Dialog title={later.yours ? t("Wie viel länger?") : t("Wie viel später?")} onClose={() => setLater(null)}>
          <p class="soft">{later.yours ? t("So lange kümmern Sie sich weiter. Dann fragen wir wieder.") : t("So lange wird niemand gerufen. Dann geht es von selbst weiter.")}</p>
          <ul class="menu">{PAUSES.map((minutes) => <li key={minutes}><button type="button" onClick={() => void answer(later, () => house.rota.later(later.id, minutes))}><Icon name="clock" />{minutes < 60 ? t("{n} Minuten", { n: minutes }) : tn("{n} Stunde", "{n} Stunden", minutes / 60)}</button></li>)}</ul>
        </Dialog>
      )}
    </section>
  );
}

function AlertCard({ alert, busy, onTake, onLater, onPass }: { alert: Alert; busy: boolean; onTake: () => void; onLater: () => void; onPass: () => void }) {
  const house = useConsole();
  const { directory, teams } = useSession();
  const { kind, phase, owner, yours, mailbox } = alert;
  const test = kind === "test";
  const offered = kind === "handover_offered" && mailbox !== null;
  const title = `alert-${alert.id}`;
  const open = wantsSomebody(alert) || phase === "pending";
  const loud = phase === "exhausted" || (wantsSomebody(alert) && (kind === "urgent" || kind === "callback_due" || kind === "missed_check_in" || kind === "silent_alarm"));
  return (
    <li class={`card-box alert-card${loud ? " loud" : ""}${yours ? " yours" : ""}`} aria-labelledby={title}>
      <div class="card-head"><h2 id={title}>{kindName(kind)}</h2><span class="reference">{referenceInWords(alert.reference)}</span></div>
      {teams.length > 1 && <p class="under">{teamName(directory, alert.team)}</p>}
      <p class="now"><Icon name={phase === "acknowledged" ? "check" : phase === "exhausted" ? "alert" : "clock"} /><span><Standing alert={alert} /></span></p>
      <Deliveries deliveries={alert.deliveries} />
      <div class="card-actions">
        {alert.visit !== null && <button type="button" class={yours ? "main" : "second"} onClick={() => house.router.go({ section: "visits" })}>{t("Zum Außentermin")}</button>}
        {offered && <button type="button" class={yours ? "main" : "second"} onClick={() => house.router.go({ section: "offers" })}>{t("Zum Angebot")}</button>}
        {yours && mailbox !== null && !offered && <button type="button" class="main" onClick={() => house.router.go(kind === "callback_due" ? { section: "callbacks", mailbox } : { section: "contacts", box: "mine", mailbox })}>{kind === "callback_due" ? t("Zum Rückruf") : t("Zur Anfrage")}</button>}
        {!yours && open && <button type="button" class="main" aria-describedby={title} aria-disabled={busy} onClick={onTake}>{busy ? t("Einen Moment …") : test ? t("Bestätigen") : t("Ich übernehme")}</button>}
        {!yours && open && !test && phase !== "pending" && <><button type="button" class="second" aria-describedby={title} onClick={onLater}>{t("Später")}</button><button type="button" class="second" aria-describedby={title} onClick={onPass}>{t("Kann nicht")}</button></>}
        {yours && <><button type="button" class="second" aria-describedby={title} onClick={onLater}>{t("Länger")}</button><button type="button" class="second" aria-describedby={title} onClick={onPass}>{t("Zurückgeben")}</button></>}
        {!yours && owner !== null && mailbox !== null && !offered && <button type="button" class="second" onClick={() => house.router.go({ section: "contacts", box: "others", mailbox })}>{t("Zur Anfrage")}</button>}
      </div>
    </li>
  );
}

/** Without the full stop of "in 10 Min.", where that of the sentence follows. */
function inASentence(due: string): string {
  return until(due).replace(/\.$/, "");
}

function Standing({ alert: { phase, owner, yours, until: end, due, step } }: { alert: Alert }) {
  switch (phase) {
    case "acknowledged": {
      const time = end === null ? "" : at(end);
      if (yours) return <b>{time === "" ? t("Sie kümmern sich.") : t("Sie kümmern sich, bis {time}.", { time })}</b>;
      const name = owner?.name ?? t("Jemand");
      return <b>{time === "" ? t("{name} kümmert sich.", { name }) : t("{name} kümmert sich, bis {time}.", { name, time })}</b>;
    }
    case "exhausted": return <><b>{t("Niemand hat reagiert.")}</b> {t("Auch die Landeskoordination weiß es. Bitte übernehmen Sie, wenn Sie können.")}</>;
    case "pending": return <>{due === null ? t("Noch ist niemand gerufen.") : t("Noch ist niemand gerufen. Es geht los: {when}.", { when: inASentence(due) })}</>;
    default: return <><b>{step === "" ? t("Jemand wird gerufen.") : t("Gerufen: {who}.", { who: targetName(step) })}</b>{due !== null && <> {t("Wenn niemand reagiert, geht es weiter: {when}.", { when: inASentence(due) })}</>}</>;
  }
}

function Deliveries({ deliveries }: { deliveries: readonly DeliveryState[] }) {
  if (deliveries.length === 0) return null;
  const people = new Map<string, DeliveryState[]>();
  for (const one of deliveries) people.set(one.recipient.id, [...(people.get(one.recipient.id) ?? []), one]);
  const dead = deliveries.filter(({ state }) => state === "dead").length;
  return (
    <details class="deliveries">
      <summary>{tn("Gerufen ist eine Person", "Gerufen sind {n} Personen", people.size)}{dead > 0 && <span class="late"> · {tn("{n} Weg geht nicht", "{n} Wege gehen nicht", dead)}</span>}</summary>
      <ul>{[...people.values()].map((ways) => (
        <li key={ways[0]!.recipient.id}><b>{ways[0]!.recipient.name}</b> {ways.map((way, i) => <span key={i} class={way.state === "dead" ? "late" : "soft"}>{channelWord(way.channel)}: {recipientState(way)}{i < ways.length - 1 ? ", " : ""}</span>)}</li>
      ))}</ul>
    </details>
  );
}

/** Whether everybody can be reached: incidents, and letters that never arrived. */
function Health({ incidents }: { incidents: readonly Incident[] }) {
  const house = useConsole();
  const { directory } = useSession();
  const [letters, setLetters] = useState<readonly DeadLetter[] | null>(null);
  const [error, setError] = useState("");
  const load = async () => {
    setError("");
    try {
      setLetters(await house.rota.deadLetters());
    } catch (problem) {
      setError(failure(problem));
    }
  };
  useEffect(() => void load(), []);
  const act = async (letter: DeadLetter, again: boolean) => {
    setError("");
    try {
      await (again ? house.rota.sendAgain(letter.id) : house.rota.dropLetter(letter.id));
      setLetters((all) => all?.filter(({ id }) => id !== letter.id) ?? null);
      house.show(again ? t("Wird noch einmal versucht.") : t("Verworfen."));
    } catch (problem) {
      setError(failure(problem));
    }
  };
  return (
    <>
      <h2>{t("Erreichbarkeit")}</h2>
      {incidents.map((one, i) => (
        <div key={i} class={`notice ${one.loud ? "alarm" : "warn"}`}><Icon name="alert" /><div><b>{teamName(directory, one.team)}</b>: {troubleName(one.trouble, one.target)} <span class="soft">{at(one.at)}{one.times > 1 && <> · {t("{n}-mal", { n: one.times })}</>}</span></div></div>
      ))}
      {error !== "" && <Notice>{error} <button type="button" class="link" onClick={() => void load()}>{t("Noch einmal versuchen")}</button></Notice>}
      {letters !== null && letters.length === 0 && incidents.length === 0 && <Notice kind="ok">{t("Alle Nachrichten an die Diensthandys sind hinausgegangen.")}</Notice>}
      {letters !== null && letters.length > 0 && <p class="soft">{tn("Eine Nachricht ist nicht angekommen. Der Alarm ging trotzdem weiter, auf dem nächsten Weg.", "{n} Nachrichten sind nicht angekommen. Die Alarme gingen trotzdem weiter, auf dem nächsten Weg.", letters.length)}</p>}
      {letters !== null && letters.length > 0 && (
        <ul class="cards">{letters.map((letter) => {
          const what = `letter-${letter.id}`;
          return (
            <li key={letter.id} class="card-box">
              <p id={what}><b>{t("{what} an {name}", { what: channelWord(letter.channel), name: letter.recipient.name })}</b><br /><span class="soft">{sayingName(letter.saying)} · {at(letter.since)} · {tn("{n} Versuch", "{n} Versuche", letter.attempts)}{letter.trouble !== null && ` · ${troubleOf(letter.trouble)}`}</span></p>
              <div class="card-actions"><button type="button" class="second" aria-describedby={what} onClick={() => void act(letter, true)}>{t("Noch einmal senden")}</button><button type="button" class="second" aria-describedby={what} onClick={() => void act(letter, false)}>{t("Verwerfen")}</button></div>
            </li>
          );
        })}</ul>
      )}
    </>
  );
}
