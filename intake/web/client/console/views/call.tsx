/** One callback: what was agreed, what to say, dial with the own number hidden, and how it went. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Agreement } from "../../lib/agreement.ts";
import { ApiError } from "../api.ts";
import { attemptsName, callable, doubts, OUTCOMES, outcomeHint, outcomeName, standingOf, timeName } from "../call_labels.ts";
import { type Call, dialled, type Outcome } from "../callbacks.ts";
import { useConsole, useSession } from "../console.ts";
import { failure } from "../faults.ts";
import { languageName, reference, teamName } from "../labels.ts";
import type { Network } from "../rota_api.ts";
import { t } from "../words.ts";
import { useCalls } from "./callbacks.tsx";
import { Dialog, Icon, Notice, ViewTitle } from "./parts.tsx";

export function CallView({ mailbox }: { mailbox: string }) {
  const house = useConsole();
  const { member, keyring, directory, teams } = useSession();
  const { calls, error, look } = useCalls();
  const [network, setNetwork] = useState<Network | null>(null);
  const [told, setTold] = useState("");
  const [asking, setAsking] = useState<Outcome | null>(null);
  const going = useRef(false);
  const call = calls?.find(({ due }) => due.mailbox === mailbox) ?? null;

  useEffect(() => {
    // How this phone hides its own number stands in the register; without an entry it is taken for a mobile.
    house.rota.phone(member.id).then((phone) => setNetwork(phone.state === "none" ? null : phone.network), () => setNetwork(null));
  }, [member.id]);

  const act = async (work: () => Promise<unknown>, done: string, leave: boolean) => {
    if (going.current) return;
    going.current = true;
    setTold("");
    setAsking(null);
    try {
      await work();
      if (done !== "") house.show(done);
      if (leave) house.router.go({ section: "callbacks", mailbox: null }, "replace");
    } catch (problem) {
      const by = problem instanceof ApiError && problem.code === "already_calling" ? problem.body["by"] : null;
      setTold(typeof by === "string" && by !== "" ? t("{name} ruft dort gerade an.", { name: by }) : failure(problem));
    } finally {
      going.current = false;
      if (!leave) await look();
      void house.inbox.look();
    }
  };
  const signers = (team: string) => { const found = directory.teams.find(({ id }) => id === team); return found ? directory.verifyKeysOf(found) : []; };
  const tell = (found: Call, outcome: Outcome) => act(async () => {
    // Written down first: afterwards nobody has the number any more.
    if (outcome === "never_again" && found.agreement) await house.callbacks.neverAgain(found.due.team, found.agreement.number, keyring, signers(found.due.team));
    await house.callbacks.told(mailbox, outcome);
  }, t("Eingetragen: {what}.", { what: outcomeName(outcome) }), true);

  const mine = call?.due.yours === true;
  const busy = call?.due.state === "attempting" && !mine;
  return (
    <section class="pane page duty">
      <p><button type="button" class="link" onClick={() => house.router.back({ section: "callbacks", mailbox: null })}>{t("Alle Rückrufe")}</button></p>
      <ViewTitle focus={mailbox}>{t("Rückruf {ref}", { ref: reference({ mailbox }) })}</ViewTitle>
      {error !== "" && <Notice>{error} <button type="button" class="link" onClick={() => void look()}>{t("Noch einmal versuchen")}</button></Notice>}
      {calls === null && error === "" && <p role="status">{t("Wird aufgeschlossen …")}</p>}
      {calls !== null && call === null && <Notice kind="plain">{t("Dieser Rückruf ist nicht mehr offen. Vielleicht hat die Person ihn abgesagt oder verschoben.")}</Notice>}
      {call !== null && (
        <>
          <p class="under">{[standingOf(call.due), teams.length > 1 ? teamName(directory, call.due.team) : "", attemptsName(call.due)].filter(Boolean).join(" · ")}</p>
          {doubts(call).map((doubt) => <Notice key={doubt} kind={callable(call) ? "warn" : "alarm"}>{doubt}</Notice>)}
          {told !== "" && <Notice>{told}</Notice>}
          {call.agreement && <Script agreement={call.agreement} />}
          {call.agreement && mine && <Dial agreement={call.agreement} network={network} />}
          {call.agreement && mine && call.due.can_connect && (
            <div class="card-box">
              <button type="button" class="second" onClick={() => { const { number } = call.agreement!; void act(() => house.callbacks.connect(mailbox, number), t("Ihr Diensthandy klingelt. Drücken Sie die 1, dann wird verbunden."), false); }}>{t("Oder: verbinden lassen")}</button>
              <p class="soft">{t("Unsere Leitung ruft erst Sie an, dann die Person. Beide sehen keine Nummer. Unser Server kennt die Nummer nur für diesen einen Anruf.")}</p>
            </div>
          )}
          <div class="card-actions">
            {callable(call) && !mine && !busy && <button type="button" class="main" aria-disabled={!call.due.may_dial} onClick={() => { if (call.due.may_dial) void act(() => house.callbacks.dial(mailbox), "", false); }}>{t("Jetzt anrufen")}</button>}
            <button type="button" class="second" onClick={() => house.router.go({ section: "contacts", box: "mine", mailbox })}>{t("Zur Anfrage")}</button>
            {!callable(call) && <button type="button" class="second" onClick={() => void act(() => house.callbacks.refuse(mailbox), t("Der Rückruf ist beendet. Die Nummer ist gelöscht."), true)}>{t("Nicht anrufen, Nummer löschen")}</button>}
          </div>
          {callable(call) && !call.due.may_dial && !mine && !busy && <p class="soft">{t("Anrufen geht nur in den vereinbarten Zeiten.")}</p>}
          {mine && (
            <div class="card-box" role="group" aria-labelledby="how-it-went">
              <h2 id="how-it-went">{t("Wie war es?")}</h2>
              <ul class="menu">{OUTCOMES.map((outcome) => (
                <li key={outcome}><button type="button" onClick={() => { if (outcome === "never_again") setAsking(outcome); else void tell(call, outcome); }}><span><b>{outcomeName(outcome)}</b><br /><span class="soft">{outcomeHint(outcome)}</span></span></button></li>
              ))}</ul>
            </div>
          )}
          {asking !== null && (
            <Dialog title={t("Diese Nummer nie mehr anrufen?")} onClose={() => setAsking(null)}>
              <p>{t("Das Team merkt sich einen Prüfwert der Nummer, nicht die Nummer. Wer damit noch einmal um einen Rückruf bittet, wird nicht angerufen.")}</p>
              <div class="sheet-actions"><button type="button" class="main" onClick={() => void tell(call, asking)}>{t("Ja, nicht mehr anrufen")}</button><button type="button" class="second" onClick={() => setAsking(null)}>{t("Abbrechen")}</button></div>
            </Dialog>
          )}
        </>
      )}
    </section>
  );
}

/** What to say, in the order in which it is needed. */
function Script({ agreement }: { agreement: Agreement }) {
  const { introduce, code_word: word, who, voicemail, voicemail_text: message, somebody_else: other, interpreter, lang, windows } = agreement;
  return (
    <div class="card-box script">
      <h2>{t("So ist es abgesprochen")}</h2>
      <ol>
        <li>{word !== "" ? <>{t("Zuerst sagen Sie das Wort:")} <b class="word">{word}</b></> : t("Es ist kein Wort vereinbart.")}</li>
        <li>{t("Dann melden Sie sich:")} <q>{introduce !== "" ? introduce : t("Hallo, hier ist Anne.")}</q></li>
        <li>{word !== "" ? t("Fragen Sie nach dem Wort, bevor Sie sagen, worum es geht.") : t("Sagen Sie erst, worum es geht, wenn Sie sicher sind, wer spricht.")}</li>
      </ol>
      <dl class="facts">
        <div><dt>{t("Sprechen mit")}</dt><dd>{who === "only_me" ? t("nur der Person selbst") : t("auch mit dem Menschen, der abhebt")}</dd></div>
        <div><dt>{t("Jemand anderes hebt ab")}</dt><dd><q>{other !== "" ? other : t("Entschuldigung, verwählt.")}</q></dd></div>
        <div><dt>{t("Mailbox")}</dt><dd>{voicemail === "say" && message !== "" ? <>{t("Nur dieser Satz:")} <q>{message}</q></> : <b>{t("Auflegen, nichts sagen")}</b>}</dd></div>
        <div><dt>{t("Sprache")}</dt><dd>{languageName(lang)}{interpreter ? `, ${t("mit Dolmetschen")}` : ""}</dd></div>
        <div><dt>{t("Zeiten")}</dt><dd>{windows.map((time) => <div key={`${time.day}${time.from}`}>{timeName(time)}</div>)}</dd></div>
      </dl>
    </div>
  );
}

/** The number appears when somebody has said that they are calling now, and with what hides the own one. */
function Dial({ agreement, network }: { agreement: Agreement; network: Network | null }) {
  const { shown, href } = dialled(agreement.number, network ?? "mobile");
  return (
    <div class="card-box dial">
      <p><a class="main" href={href} rel="noreferrer"><Icon name="call" />{shown}</a></p>
      <p class="soft">{network === null ? t("Ihr Diensthandy steht nicht im Verzeichnis. „#31#“ unterdrückt Ihre Nummer im Mobilfunk, im Festnetz meist „*31#“.") : network === "sip" ? t("Ihre Anlage unterdrückt die Nummer selbst. Bitte prüfen Sie das von Zeit zu Zeit.") : t("Der Anfang unterdrückt Ihre eigene Nummer.")}</p>
    </div>
  );
}
