/** The next contact with the person, in the case: plan it, move it, say how it went; where and how stand in a sealed sheet. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { type Plan, sealPlace } from "../appointments_api.ts";
import { lineWord, moment, rhythmWord } from "../agenda_labels.ts";
import { ApiError } from "../api.ts";
import { type Case, openRecord } from "../cases.ts";
import { dated, now } from "../clock.ts";
import { useConsole, useSession } from "../console.ts";
import { failure } from "../faults.ts";
import { givenKeys, signersOf } from "../handover.ts";
import { openThread } from "../thread.ts";
import { t, tn } from "../words.ts";
import { dateOf, instantOf, later, timeOf, today, weekdayLong, weekdayShort } from "../zone.ts";
import { Dialog, Icon, Notice } from "./parts.tsx";
import { SafeText } from "./safe_text.tsx";

type Open = "put" | "move" | "arrange" | "place" | null;
interface Where { readonly place: string; readonly way: string }

export function PlanCard({ found, onChanged }: { found: Case; onChanged: () => void }) {
  const house = useConsole();
  const { keyring, directory } = useSession();
  const [plan, setPlan] = useState<Plan | null>(null);
  const [where, setWhere] = useState<Where | null>(null);
  const [unreadable, setUnreadable] = useState(false);
  const [error, setError] = useState("");
  const [open, setOpen] = useState<Open>(null);
  const [busy, setBusy] = useState(false);

  const load = useCallback(async () => {
    try {
      const next = await house.appointments.of(found.mailbox);
      const team = directory.teams.find(({ id }) => id === found.team);
      const record = next.envelope === null || team === undefined ? null : await openRecord(found, next.envelope, keyring, directory.verifyKeysOf(team));
      const right = record !== null && record.sheet === "appointment";
      setUnreadable(next.envelope !== null && !right);
      setWhere(right ? { place: fieldOf(record.fields, "place"), way: fieldOf(record.fields, "way") } : null);
      setPlan(next);
      setError("");
    } catch (problem) {
      setError(failure(problem));
    }
  }, [found]);
  useEffect(() => void load(), [load]);

  /** `onChanged` brings the case anew, and with it the plan. */
  const act = async (step: string, more: object) => {
    await house.appointments.step(found.mailbox, step, more);
    setOpen(null);
    onChanged();
  };
  const tap = (step: string, more: object) => () => {
    if (busy) return;
    setBusy(true);
    void act(step, more).catch((problem: unknown) => { setError(failure(problem)); return load(); }).finally(() => setBusy(false));
  };
  const close = () => setOpen(null);
  if (plan === null) return <div class="card-box"><h2>{t("Nächster Kontakt")}</h2>{error === "" ? <p role="status">{t("Wird geladen …")}</p> : <Notice>{error}</Notice>}</div>;
  const runs = found.state === "open";
  const { number } = plan;
  const begun = plan.at !== null && plan.at <= now().toISOString();
  return (
    <div class="card-box plan">
      <h2>{t("Nächster Kontakt")}</h2>
      {error !== "" && <Notice>{error}</Notice>}
      {plan.at === null ? <p class="soft">{runs ? t("Nichts geplant.") : t("Die Beratung ruht. Darum ist nichts geplant.")}</p> : <p class="now"><Icon name="day" /><span><b>{moment(plan.at)}</b><br /><span class="soft">{tn("{n} Minute", "{n} Minuten", plan.minutes)}</span></span></p>}
      {plan.coming.length > 1 && <p class="soft small">{t("Danach: {days}", { days: plan.coming.slice(1).map(moment).join(" · ") })}</p>}
      {plan.missed > 0 && <Notice kind="plain">{tn("Beim letzten Mal kam es nicht zustande.", "{n}-mal hintereinander kam es nicht zustande.", plan.missed)} {plan.alarm ? "" : t("Niemand wird alarmiert.")} {t("Ein kurzer, freundlicher Gruß in den Nachrichten hilft oft mehr als eine Nachfrage.")}</Notice>}
      {plan.wish !== null && (
        <Notice kind="plain"><p>{t("Die Person schlägt vor: {when}", { when: moment(plan.wish) })}</p>
          <div class="card-actions"><button type="button" class="main" aria-disabled={busy} onClick={tap("decide", { agree: true, number })}>{t("Passt")}</button><button type="button" class="second" aria-disabled={busy} onClick={tap("decide", { agree: false, number })}>{t("Geht nicht")}</button></div>
        </Notice>
      )}
      {runs && begun && <div class="card-actions"><button type="button" class="main" aria-disabled={busy} onClick={tap("told", { end: "kept", number })}>{t("Hat stattgefunden")}</button><button type="button" class="second" aria-disabled={busy} onClick={tap("told", { end: "missed", number })}>{t("Kam nicht zustande")}</button></div>}
      {runs && <div class="card-actions">
        {plan.at !== null && plan.phase !== "open" && <><button type="button" class="second" onClick={() => setOpen("move")}>{t("Verschieben")}</button><button type="button" class="second" aria-disabled={busy} onClick={tap("skip", { number })}>{t("Auslassen")}</button></>}
        <button type="button" class="second" onClick={() => setOpen("put")}><Icon name="plus" />{t("Termin setzen")}</button>
      </div>}
      <dl class="ways">
        <div><dt>{t("Wo und wie")}</dt><dd>{unreadable ? <span class="late">{t("Lässt sich hier nicht öffnen.")}</span> : where === null ? <span class="soft">{t("noch nichts")}</span> : <span><SafeText text={[where.place, where.way].filter(Boolean).join("\n")} /></span>}{runs && <button type="button" class="link" onClick={() => setOpen("place")}>{t("Ändern")}</button>}</dd></div>
        <div><dt>{t("Rahmen")}</dt><dd><span class={plan.rhythm === null ? "soft" : undefined}>{plan.rhythm === null ? t("in der Arbeitszeit des Teams") : rhythmWord(plan.rhythm)}</span>{runs && <button type="button" class="link" onClick={() => setOpen("arrange")}>{t("Ändern")}</button>}</dd></div>
      </dl>
      <details><summary>{t("Verlauf der Termine")}</summary><ul class="lines">{[...plan.lines].reverse().map((line, n) => <li key={n}><span>{lineWord(line)}<br /><span class="soft small">{line.by === null ? t("von selbst") : line.by.id === "person" ? t("die Person") : line.by.name}, {dated(line.day)}</span></span></li>)}</ul></details>
      {(open === "put" || open === "move") && <TimeDialog title={open === "put" ? t("Termin setzen") : t("Verschieben")} plan={plan} onClose={close} onSave={(at) => act(open, open === "put" ? { at } : { at, number })} />}
      {open === "arrange" && <ArrangeDialog plan={plan} onClose={close} onSave={(more) => act("arrange", more)} />}
      {open === "place" && <PlaceDialog found={found} where={where} onClose={close} onSaved={() => { setOpen(null); void load(); }} />}
    </div>
  );
}

function fieldOf(fields: readonly { readonly title: string; readonly text: string }[], title: string): string {
  return fields.find((one) => one.title === title)?.text ?? "";
}

/** A form in a dialog that says what was wrong. */
function useSaving(): { busy: boolean; error: string; run: (work: () => Promise<void>) => void } {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const run = (work: () => Promise<void>) => {
    if (busy) return;
    setBusy(true);
    setError("");
    void work().catch((problem: unknown) => { setError(failure(problem)); setBusy(false); });
  };
  return { busy, error, run };
}

function TimeDialog({ title, plan, onClose, onSave }: { title: string; plan: Plan; onClose: () => void; onSave: (at: string) => Promise<void> }) {
  const start = plan.at ?? plan.choices[0] ?? instantOf(later(today(), 1), "10:00");
  const [day, setDay] = useState(dateOf(start));
  const [time, setTime] = useState(timeOf(start));
  const { busy, error, run } = useSaving();
  return (
    <Dialog title={title} onClose={onClose}>
      <form noValidate onSubmit={(event) => { event.preventDefault(); run(() => onSave(instantOf(day, time))); }}>
        {error !== "" && <Notice>{error}</Notice>}
        <div class="pair">
          <label class="field"><span>{t("Tag")}</span><input type="date" required value={day} min={today()} onInput={(event) => setDay(event.currentTarget.value)} /></label>
          <label class="field"><span>{t("Um")}</span><input type="time" required value={time} onInput={(event) => setTime(event.currentTarget.value)} /></label>
        </div>
        {plan.choices.length > 0 && <><p class="soft small">{t("Zum Beispiel in der Arbeitszeit:")}</p><ul class="menu">{plan.choices.slice(0, 4).map((at) => <li key={at}><button type="button" onClick={() => { setDay(dateOf(at)); setTime(timeOf(at)); }}><Icon name="clock" />{moment(at)}</button></li>)}</ul></>}
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={busy || day === "" || time === ""}>{busy ? t("Einen Moment …") : t("Speichern")}</button><button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button></div>
      </form>
    </Dialog>
  );
}

const MINUTES = [15, 30, 45, 60, 90, 120] as const;
const THEN = [1, 3, 7, 14, 21, 28] as const;

function ArrangeDialog({ plan, onClose, onSave }: { plan: Plan; onClose: () => void; onSave: (more: object) => Promise<void> }) {
  const [minutes, setMinutes] = useState(plan.minutes);
  const [alarm, setAlarm] = useState(plan.alarm);
  const [narrow, setNarrow] = useState(plan.rhythm !== null);
  const [days, setDays] = useState<readonly number[]>(plan.rhythm?.days ?? []);
  const [start, setStart] = useState(plan.rhythm?.start ?? "13:00");
  const [end, setEnd] = useState(plan.rhythm?.end ?? "15:00");
  const [until, setUntil] = useState(plan.rhythm?.until ?? "");
  const [then, setThen] = useState(plan.rhythm?.then ?? null);
  const { busy, error, run } = useSaving();
  const rhythm = narrow ? { days: [...days].sort(), start, end, until: until === "" ? null : until, then } : null;
  return (
    <Dialog title={t("Rahmen der Termine")} wide onClose={onClose}>
      <form noValidate onSubmit={(event) => { event.preventDefault(); run(() => onSave({ minutes, alarm, rhythm })); }}>
        {error !== "" && <Notice>{error}</Notice>}
        <label class="field"><span>{t("Wie lange?")}</span><select value={String(minutes)} onChange={(event) => setMinutes(Number(event.currentTarget.value))}>{[...new Set([...MINUTES, plan.minutes])].sort((a, b) => a - b).map((n) => <option key={n} value={String(n)}>{tn("{n} Minute", "{n} Minuten", n)}</option>)}</select></label>
        <label class="pick"><input type="checkbox" checked={alarm} onChange={(event) => setAlarm(event.currentTarget.checked)} /><span>{t("So vereinbart: Kommt die Person nicht, sagt uns das Diensthandy Bescheid")}</span></label>
        <label class="pick"><input type="checkbox" checked={narrow} onChange={(event) => setNarrow(event.currentTarget.checked)} /><span>{t("Kontakt ist nur an bestimmten Tagen möglich (zum Beispiel in Haft: Besuchstage)")}</span></label>
        {narrow && (
          <fieldset>
            <legend>{t("Mögliche Tage")}</legend>
            <div class="chips">{[0, 1, 2, 3, 4, 5, 6].map((n) => <label key={n} class="chip"><input type="checkbox" class="spoken" checked={days.includes(n)} aria-label={weekdayLong(n)} onChange={() => setDays(days.includes(n) ? days.filter((one) => one !== n) : [...days, n])} />{weekdayShort(n)}</label>)}</div>
            <div class="pair">
              <label class="field"><span>{t("Von")}</span><input type="time" value={start} onInput={(event) => setStart(event.currentTarget.value)} /></label>
              <label class="field"><span>{t("Bis")}</span><input type="time" value={end} onInput={(event) => setEnd(event.currentTarget.value)} /></label>
            </div>
            <label class="field"><span>{t("Bis zu welchem Tag? (zum Beispiel vier Wochen vor der Entlassung)")}</span><input type="date" min={today()} value={until} onInput={(event) => setUntil(event.currentTarget.value)} /></label>
            {until !== "" && <label class="field"><span>{t("Kontakt ab dann")}</span><select value={then === null ? "" : String(then)} onChange={(event) => setThen(event.currentTarget.value === "" ? null : Number(event.currentTarget.value))}><option value="">{t("wie bisher")}</option>{THEN.map((n) => <option key={n} value={String(n)}>{n === 1 ? t("jeden Tag") : t("alle {n} Tage", { n })}</option>)}</select></label>}
            <p class="small soft">{t("Der Server kennt nur Tage und Zeiten. Warum es so ist, gehört in „Wo und wie“: dort ist es verschlossen.")}</p>
          </fieldset>
        )}
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={busy}>{busy ? t("Einen Moment …") : t("Speichern")}</button><button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button></div>
      </form>
    </Dialog>
  );
}

function PlaceDialog({ found, where, onClose, onSaved }: { found: Case; where: Where | null; onClose: () => void; onSaved: () => void }) {
  const house = useConsole();
  const { keyring, directory, member } = useSession();
  const [place, setPlace] = useState(where?.place ?? "");
  const [way, setWay] = useState(where?.way ?? "");
  const { busy, error, run } = useSaving();
  const save = async () => {
    const fields = [{ title: "place", text: place }, { title: "way", text: way }].filter(({ text }) => text.trim() !== "");
    if (fields.length === 0) await house.appointments.putSheet(found.mailbox, null);
    else {
      const contact = await house.api.contact(found.mailbox);
      const { facts } = await openThread(contact, keyring, signersOf(contact, directory), await givenKeys(contact, keyring, directory));
      const team = keyring.writer(found.team);
      if (facts === null || team === null) throw new ApiError(0, "no_key", t("Ohne den Schlüssel der Person und den neuesten Ihres Teams lässt sich nichts verschließen."));
      await house.appointments.putSheet(found.mailbox, await sealPlace(found.mailbox, fields, member.name, facts, team));
    }
    onSaved();
  };
  return (
    <Dialog title={t("Wo und wie?")} onClose={onClose}>
      <form noValidate onSubmit={(event) => { event.preventDefault(); run(save); }}>
        {error !== "" && <Notice>{error}</Notice>}
        <p class="small soft">{t("Das wird hier verschlossen. Lesen können es nur die Person mit ihren acht Wörtern und Ihr Team.")}</p>
        <label class="field"><span>{t("Wo?")}</span><textarea rows={2} maxLength={2000} autocomplete="off" value={place} onInput={(event) => setPlace(event.currentTarget.value)} /></label>
        <label class="field"><span>{t("Wie? (Treffen, Anruf, Besuch; keine Anrufe möglich; Deckname)")}</span><textarea rows={3} maxLength={2000} autocomplete="off" value={way} onInput={(event) => setWay(event.currentTarget.value)} /></label>
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={busy}>{busy ? t("Wird verschlossen …") : t("Verschlossen speichern")}</button><button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button></div>
      </form>
    </Dialog>
  );
}
