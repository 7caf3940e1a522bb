/** Field visits: the own one on top with big buttons, those of colleagues below. Made for one thumb. */
import { useEffect, useState } from "preact/hooks";
import { useConsole, useSession } from "../console.ts";
import { failure } from "../faults.ts";
import { referenceInWords } from "../duty_labels.ts";
import { CLOSING, purposeName, reasonName, said, SETTLED, standing } from "../visit_labels.ts";
import type { Waiting } from "../agenda_store.ts";
import { useStore } from "../store.ts";
import type { ClosingReason, Said, Visit, Visits } from "../visits_api.ts";
import { t } from "../words.ts";
import { at, span, timeOf } from "../zone.ts";
import { Dialog, Icon, Notice, ViewTitle } from "./parts.tsx";
import { TeamPick, useTeam } from "./team_pick.tsx";
import { LogDialog, SheetDialog } from "./visit_sheet.tsx";
import { VisitPlanDialog } from "./visit_plan.tsx";
import { PinDialog, RulesCard } from "./visit_rules.tsx";

const LOOK_EVERY_MS = 10_000;
const LONGER = [15, 30, 60, 120] as const;

export function VisitsView() {
  const house = useConsole();
  const [team, setTeam] = useTeam();
  const [board, setBoard] = useState<Visits | null>(null);
  const [error, setError] = useState("");
  const [planning, setPlanning] = useState(false);
  const [pins, setPins] = useState(false);

  const load = async () => {
    try {
      setBoard(await house.visits.board(team));
      setError("");
    } catch (problem) {
      setError(failure(problem));
    }
  };
  useEffect(() => {
    setBoard(null);
    void load();
    const timer = setInterval(() => void load(), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [team]);

  const mine = board?.open.filter((visit) => visit.mine) ?? [];
  const others = board?.open.filter((visit) => !visit.mine) ?? [];
  return (
    <section class="pane page duty visits">
      <ViewTitle focus="visits">{t("Außentermine")}</ViewTitle>
      <TeamPick team={team} onPick={setTeam} />
      {error !== "" && <Notice>{error} <button type="button" class="link" onClick={() => void load()}>{t("Noch einmal versuchen")}</button></Notice>}
      {board === null && error === "" && <p role="status">{t("Wird geladen …")}</p>}
      {board !== null && !board.pin_set && <Notice>{t("Sie haben noch keine PIN. Ohne PIN kann jeder entwarnen, der Ihr Diensthandy in der Hand hat.")} <button type="button" class="link" onClick={() => setPins(true)}>{t("PIN festlegen")}</button></Notice>}
      {mine.map((visit) => <OwnVisit key={visit.id} visit={visit} pinSet={board?.pin_set ?? false} onDone={() => void load()} />)}
      {board !== null && <button type="button" class={mine.length === 0 ? "main" : "second"} onClick={() => setPlanning(true)}><Icon name="plus" />{t("Außentermin planen")}</button>}
      {board !== null && (
        <>
          <h2>{t("Unterwegs im Team")}</h2>
          {others.length === 0 && <p class="soft">{t("Gerade ist niemand sonst unterwegs.")}</p>}
          <ul class="cards">{others.map((visit) => <ColleagueCard key={visit.id} visit={visit} onDone={() => void load()} />)}</ul>
          {board.over.length > 0 && (
            <details>
              <summary>{t("Die letzten Tage")}</summary>
              <ul class="cards">{board.over.map((visit) => (
                <li key={visit.id} class="card-box"><p><b>{visit.member.name}</b> · {purposeName(visit.purpose)} · {at(visit.begins)}<br /><span class="soft">{standing(visit)}</span></p><Opened visit={visit} /></li>
              ))}</ul>
            </details>
          )}
          <RulesCard team={team} onPins={() => setPins(true)} pinSet={board.pin_set} />
        </>
      )}
      <p class="small soft">{t("Das ist eine organisatorische Maßnahme, keine Personen-Notsignal-Anlage (DGUV Regel 112-139). In Gefahr: 110.")} {t("Einträge werden nach 30 Tagen gelöscht. Es gibt keine Auswertung über einzelne Personen.")}</p>
      {planning && <VisitPlanDialog team={team} onClose={() => setPlanning(false)} onDone={() => { setPlanning(false); void load(); }} />}
      {pins && <PinDialog hasPins={board?.pin_set ?? false} onClose={() => setPins(false)} onDone={() => { setPins(false); void load(); }} />}
    </section>
  );
}

function OwnVisit({ visit, pinSet, onDone }: { visit: Visit; pinSet: boolean; onDone: () => void }) {
  const house = useConsole();
  const [pin, setPin] = useState("");
  const [told, setTold] = useState("");
  const [busy, setBusy] = useState(false);
  const [longer, setLonger] = useState(false);
  const waiting = useStore(house.agenda.waiting);
  const act = async (how: () => Promise<Said | null>) => {
    if (busy) return;
    setBusy(true);
    setTold("");
    setLonger(false);
    try {
      const answer = await how();
      if (answer === null) setPin(""); // no network: it is kept, and said below
      else if (SETTLED.has(answer.reply)) {
        setPin("");
        house.show(said(answer));
      } else setTold(said(answer));
      onDone();
    } catch (problem) {
      setTold(failure(problem));
    } finally {
      setBusy(false);
    }
  };
  const alarmed = visit.phase === "overdue" || visit.phase === "owned";
  const asked = alarmed || visit.phase === "due" || visit.phase === "reminded";
  const testing = visit.phase === "planned";
  return (
    <section class={`card-box own-visit${alarmed || visit.phase === "reminded" ? " loud" : ""}`} aria-label={t("Ihr Termin")}>
      <div class="card-head"><h2>{purposeName(visit.purpose)}</h2><span class="reference">{referenceInWords(visit.reference)}</span></div>
      <p class="now"><Icon name="clock" /><span><b>{standing(visit)}</b><br />{span(visit.begins, visit.until)}{visit.companion !== null && <> · {t("Zweite Begleitung: {name}", { name: visit.companion.name })}</>}</span></p>
      {visit.longer && <Notice>{t("In Ihrem Team wird die Leitung später als nach 15 Minuten gerufen.")}</Notice>}
      {told !== "" && <Notice>{told}</Notice>}
      {waiting !== null && waiting.visit.id === visit.id && <Queued waiting={waiting} onRead={() => house.agenda.waiting.set(null)} />}
      {pinSet && <label class="field"><span>{t("Ihre PIN")}</span><input type="password" inputMode="numeric" autocomplete="off" maxLength={8} value={pin} onInput={(event) => setPin(event.currentTarget.value.replace(/\D/g, ""))} /></label>}
      <div class="big-buttons">
        {(asked || testing) && <button type="button" class="main" aria-disabled={busy} onClick={() => void act(() => house.agenda.ok(visit, pin))}>{testing ? t("Funktionstest bestätigen") : t("Mir geht es gut")}</button>}
        {!alarmed && <button type="button" class="second" aria-disabled={busy} onClick={() => setLonger(true)}>{t("Länger")}</button>}
        <button type="button" class={asked || testing ? "second" : "main"} aria-disabled={busy} onClick={() => void act(() => house.visits.out(visit, pin))}>{testing ? t("Absagen") : t("Ich bin raus")}</button>
      </div>
      {longer && <Dialog title={t("Wie viel länger?")} onClose={() => setLonger(false)}><ul class="menu">{LONGER.map((n) => <li key={n}><button type="button" onClick={() => void act(() => house.visits.longer(visit, n, pin))}><Icon name="clock" />{t("{n} Minuten", { n })}</button></li>)}</ul></Dialog>}
    </section>
  );
}

/** An OK that had to wait for a network: until it has arrived nobody knows of it, and that is said. */
function Queued({ waiting, onRead }: { waiting: Waiting; onRead: () => void }) {
  if (waiting.said === null) return <Notice>{t("Kein Netz. Ihr OK von {time} ist vorgemerkt und geht ab, sobald es wieder geht. Bis dahin weiß niemand davon: Rufen Sie im Zweifel an.", { time: timeOf(waiting.at) })}</Notice>;
  return <Notice kind={SETTLED.has(waiting.said.reply) ? "ok" : "warn"}>{t("Ihr OK von {time} ist um {arrived} angekommen.", { time: timeOf(waiting.at), arrived: timeOf(waiting.arrived ?? waiting.at) })} {said(waiting.said)} <button type="button" class="link" onClick={onRead}>{t("Gelesen")}</button></Notice>;
}

function ColleagueCard({ visit, onDone }: { visit: Visit; onDone: () => void }) {
  const house = useConsole();
  const { member } = useSession();
  const [closing, setClosing] = useState(false);
  const [told, setTold] = useState("");
  const alarmed = visit.phase === "overdue" || visit.phase === "owned";
  const title = `visit-${visit.id}`;
  const close = async (reason: ClosingReason) => {
    setClosing(false);
    try {
      house.show(said(await house.visits.close(visit, reason)));
      onDone();
    } catch (problem) {
      setTold(failure(problem));
    }
  };
  const take = async () => {
    if (visit.alert === null) return;
    try {
      await house.rota.take(visit.alert);
      house.show(t("Sie kümmern sich."));
      onDone();
      void house.alerts.look();
    } catch (problem) {
      setTold(failure(problem));
    }
  };
  return (
    <li class={`card-box${alarmed ? " loud" : ""}`} aria-labelledby={title}>
      <div class="card-head"><h3 id={title}>{visit.member.name}</h3><span class="reference">{referenceInWords(visit.reference)}</span></div>
      <p class="now"><Icon name={alarmed ? "alert" : "clock"} /><span><b>{standing(visit)}</b><br /><span class="soft">{purposeName(visit.purpose)} · {span(visit.begins, visit.until)}{visit.companion !== null && <> · {t("Zweite Begleitung: {name}", { name: visit.companion.name })}</>}</span></span></p>
      {visit.technical && <Notice>{t("Das Diensthandy ist nicht zu erreichen. Das kann an der Technik liegen: bitte auf anderem Weg nachfragen.")}</Notice>}
      {visit.proposed !== null && visit.proposed_by !== null && <Notice kind="plain">{t("{name} sagt: {reason}. Eine zweite Person muss das bestätigen.", { name: visit.proposed_by.name, reason: reasonName(visit.proposed) })}</Notice>}
      {told !== "" && <Notice>{told}</Notice>}
      <div class="card-actions">
        {alarmed && visit.alert !== null && visit.owner?.id !== member.id && <button type="button" class="main" aria-describedby={title} onClick={() => void take()}>{t("Ich übernehme")}</button>}
        <Opened visit={visit} />
        {(alarmed || visit.technical || visit.proposed !== null) && <button type="button" class="second" aria-describedby={title} onClick={() => setClosing(true)}>{t("Beenden …")}</button>}
      </div>
      {closing && <Dialog title={t("Warum ist es zu Ende?")} onClose={() => setClosing(false)}><p class="soft">{t("Nie allein: Eine zweite Person muss denselben Grund bestätigen.")}</p><ul class="menu">{CLOSING.map((reason) => <li key={reason}><button type="button" onClick={() => void close(reason)}><Icon name="check" />{reasonName(reason)}</button></li>)}</ul></Dialog>}
    </li>
  );
}

/** The sealed sheet, when it may be opened, and the log for the lead. */
function Opened({ visit }: { visit: Visit }) {
  const { roles } = useSession();
  const [sheet, setSheet] = useState(false);
  const [log, setLog] = useState(false);
  const lead = roles[visit.team] === "lead" && !visit.mine;
  return (
    <>
      {visit.may_open && <button type="button" class="second alarm" onClick={() => setSheet(true)}><Icon name="lock" />{t("Besuchszettel öffnen")}</button>}
      {lead && <button type="button" class="second" onClick={() => setLog(true)}>{t("Verlauf")}</button>}
      {sheet && <SheetDialog visit={visit} onClose={() => setSheet(false)} />}
      {log && <LogDialog visit={visit} onClose={() => setLog(false)} />}
    </>
  );
}
