/** Own PINs, how long the team's chain waits, and standing routines. */
import { useEffect, useState } from "preact/hooks";
import { useConsole, useSession } from "../console.ts";
import type { Person } from "../api.ts";
import { failure } from "../faults.ts";
import { routineName } from "../visit_labels.ts";
import type { Routine, Rules, Standing } from "../visits_api.ts";
import { t } from "../words.ts";
import { at, weekdayShort } from "../zone.ts";
import { Dialog, Icon, Notice } from "./parts.tsx";

const DAYS = ["mo", "di", "mi", "do", "fr", "sa", "so"] as const;

export function PinDialog({ hasPins, onClose, onDone }: { hasPins: boolean; onClose: () => void; onDone: () => void }) {
  const house = useConsole();
  const [own, setOwn] = useState("");
  const [duress, setDuress] = useState("");
  const [current, setCurrent] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const save = async () => {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      await house.visits.savePins(own, duress, current);
      house.show(t("Gespeichert."));
      onDone();
    } catch (problem) {
      setError(failure(problem));
    } finally {
      setBusy(false);
    }
  };
  const digits = (set: (text: string) => void) => (event: { currentTarget: HTMLInputElement }) => set(event.currentTarget.value.replace(/\D/g, ""));
  return (
    <Dialog title={t("PIN festlegen")} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); void save(); }}>
        {error !== "" && <Notice>{error}</Notice>}
        <p>{t("Mit Ihrer PIN melden Sie: Mir geht es gut. Die zweite PIN ist für den Fall, dass jemand Sie zwingt: Auf dem Handy sieht alles gleich aus, aber alle Kolleginnen und Kollegen werden sofort gerufen.")}</p>
        {hasPins && <label class="field"><span>{t("Bisherige PIN")}</span><input type="password" inputMode="numeric" autocomplete="off" maxLength={8} value={current} onInput={digits(setCurrent)} /></label>}
        <label class="field"><span>{t("Neue PIN (5 bis 8 Ziffern)")}</span><input type="password" inputMode="numeric" autocomplete="off" maxLength={8} value={own} onInput={digits(setOwn)} /></label>
        <label class="field"><span>{t("PIN für den stillen Alarm")}</span><input type="password" inputMode="numeric" autocomplete="off" maxLength={8} value={duress} onInput={digits(setDuress)} /></label>
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={busy}>{busy ? t("Einen Moment …") : t("Speichern")}</button></div>
      </form>
    </Dialog>
  );
}

export function RulesCard({ team, onPins, pinSet }: { team: string; onPins: () => void; pinSet: boolean }) {
  const house = useConsole();
  const [found, setFound] = useState<{ rules: Rules; may_edit: boolean } | null>(null);
  const [standing, setStanding] = useState<readonly Standing[]>([]);
  const [editing, setEditing] = useState(false);
  const [adding, setAdding] = useState(false);
  const [forgetting, setForgetting] = useState(false);
  const [error, setError] = useState("");
  const load = async () => {
    try {
      setFound(await house.visits.rules(team));
      setStanding(await house.visits.routines(team));
    } catch (problem) {
      setError(failure(problem));
    }
  };
  useEffect(() => void load(), [team]);
  const remove = async (id: string) => {
    try {
      await house.visits.removeRoutine(id);
      await load();
    } catch (problem) {
      setError(failure(problem));
    }
  };
  if (found === null) return error === "" ? null : <Notice>{error}</Notice>;
  const { rules, may_edit } = found;
  return (
    <>
      <h2>{t("Wie wir aufeinander achten")}</h2>
      {error !== "" && <Notice>{error}</Notice>}
      <p>{t("Kommt keine Rückmeldung: nach {companion} Minuten die zweite Begleitung, nach {on_call} die Rufbereitschaft, nach {lead} die Leitung.", { companion: rules.companion, on_call: rules.on_call, lead: rules.lead })}</p>
      {rules.lead > 15 && <Notice>{t("Das ist länger als 15 Minuten.")}</Notice>}
      <div class="card-actions">
        <button type="button" class="second" onClick={onPins}>{pinSet ? t("PIN ändern") : t("PIN festlegen")}</button>
        {may_edit && <button type="button" class="second" onClick={() => setEditing(true)}>{t("Zeiten ändern")}</button>}
        {may_edit && <button type="button" class="second" onClick={() => setForgetting(true)}>{t("Vergessene PIN")}</button>}
        <button type="button" class="second" onClick={() => setAdding(true)}><Icon name="plus" />{t("Fester Ablauf")}</button>
      </div>
      {standing.length > 0 && <ul class="cards">{standing.map((one) => (
        <li key={one.id} class="card-box">
          <p id={`routine-${one.id}`}><b>{routineName(one.routine.kind)}</b> · {one.routine.days.map((day) => weekdayShort(DAYS.indexOf(day as (typeof DAYS)[number]))).join(", ")} · {one.routine.kind === "drill" ? one.routine.begins : `${one.routine.begins}–${one.routine.until}`}<br /><span class="soft">{t("Das nächste Mal: {when}", { when: at(one.next) })}</span></p>
          {one.may_edit && <div class="card-actions"><button type="button" class="second" aria-describedby={`routine-${one.id}`} onClick={() => void remove(one.id)}>{t("Löschen")}</button></div>}
        </li>
      ))}</ul>}
      {editing && <RulesDialog team={team} rules={rules} onClose={() => setEditing(false)} onDone={() => { setEditing(false); void load(); }} />}
      {forgetting && <ForgottenDialog team={team} onClose={() => setForgetting(false)} />}
      {adding && <RoutineDialog team={team} lead={may_edit} onClose={() => setAdding(false)} onDone={() => { setAdding(false); void load(); }} />}
    </>
  );
}

/** The lead takes the PINs of a colleague away; their owner sets new ones. */
function ForgottenDialog({ team, onClose }: { team: string; onClose: () => void }) {
  const house = useConsole();
  const { member } = useSession();
  const [people, setPeople] = useState<readonly Person[]>([]);
  const [error, setError] = useState("");
  useEffect(() => void house.rota.rota(team).then((rota) => setPeople(rota.people.filter(({ id }) => id !== member.id)), (problem: unknown) => setError(failure(problem))), []);
  const forget = async (person: Person) => {
    try {
      await house.visits.forgetPins(person.id);
      house.show(t("{name} kann jetzt eine neue PIN festlegen.", { name: person.name }));
      onClose();
    } catch (problem) {
      setError(failure(problem));
    }
  };
  return (
    <Dialog title={t("Vergessene PIN")} onClose={onClose}>
      {error !== "" && <Notice>{error}</Notice>}
      <p class="soft">{t("Wessen PIN soll gelöscht werden? Bitte sprechen Sie vorher miteinander.")}</p>
      <ul class="menu">{people.map((person) => <li key={person.id}><button type="button" onClick={() => void forget(person)}><Icon name="person" />{person.name}</button></li>)}</ul>
    </Dialog>
  );
}

function RulesDialog({ team, rules, onClose, onDone }: { team: string; rules: Rules; onClose: () => void; onDone: () => void }) {
  const house = useConsole();
  const [form, setForm] = useState<Rules>(rules);
  const [error, setError] = useState("");
  const rows: readonly (readonly [Exclude<keyof Rules, "longer">, string])[] = [
    ["remind", t("Erinnerung, Minuten vorher")], ["companion", t("Zweite Begleitung, nach Minuten")], ["on_call", t("Rufbereitschaft, nach Minuten")],
    ["lead", t("Leitung, nach Minuten")], ["hold", t("Wer übernimmt, hat so viele Minuten")],
  ];
  const save = async () => {
    setError("");
    try {
      await house.visits.saveRules(team, form);
      house.show(t("Gespeichert. Laufende Termine behalten ihre Zeiten."));
      onDone();
    } catch (problem) {
      setError(failure(problem));
    }
  };
  return (
    <Dialog title={t("Zeiten ändern")} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); void save(); }}>
        {error !== "" && <Notice>{error}</Notice>}
        {rows.map(([key, name]) => <label key={key} class="field"><span>{name}</span><input type="number" inputMode="numeric" min={1} max={120} value={form[key]} onInput={(event) => setForm({ ...form, [key]: Math.max(1, Math.min(120, Math.round(Number(event.currentTarget.value)) || 1)) })} /></label>)}
        {form.lead > 15 && <label class="pick"><input type="checkbox" checked={form.longer} onChange={(event) => setForm({ ...form, longer: event.currentTarget.checked })} /><span>{t("Ja, die Leitung soll erst nach mehr als 15 Minuten gerufen werden.")}</span></label>}
        <div class="sheet-actions"><button type="submit" class="main">{t("Speichern")}</button></div>
      </form>
    </Dialog>
  );
}

function RoutineDialog({ team, lead, onClose, onDone }: { team: string; lead: boolean; onClose: () => void; onDone: () => void }) {
  const house = useConsole();
  const { member } = useSession();
  const [form, setForm] = useState<Routine>({ kind: "home", days: [], begins: "20:00", until: "21:30", every: null });
  const [error, setError] = useState("");
  const kinds: readonly Routine["kind"][] = lead ? ["home", "office", "drill"] : ["home", "office"];
  const save = async () => {
    if (form.days.length === 0) return setError(t("An welchen Tagen?"));
    setError("");
    try {
      await house.visits.addRoutine(team, form.kind === "drill" ? null : member.id, { ...form, every: form.kind === "office" ? (form.every ?? 60) : null });
      house.show(t("Eingetragen."));
      onDone();
    } catch (problem) {
      setError(failure(problem));
    }
  };
  const toggle = (day: string) => setForm({ ...form, days: form.days.includes(day) ? form.days.filter((one) => one !== day) : DAYS.filter((one) => one === day || form.days.includes(one)) });
  return (
    <Dialog title={t("Fester Ablauf")} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); void save(); }}>
        {error !== "" && <Notice>{error}</Notice>}
        <label class="field"><span>{t("Was?")}</span><select value={form.kind} onChange={(event) => setForm({ ...form, kind: event.currentTarget.value as Routine["kind"] })}>{kinds.map((kind) => <option key={kind} value={kind}>{routineName(kind)}</option>)}</select></label>
        {form.kind === "drill" && <p class="small soft">{t("Alle Diensthandys werden gefragt. Es wird niemand alarmiert. Die Leitung bekommt einen Bericht.")}</p>}
        <fieldset><legend>{t("Tage")}</legend><div class="days">{DAYS.map((day, i) => <label key={day} class="pick"><input type="checkbox" checked={form.days.includes(day)} onChange={() => toggle(day)} /><span>{weekdayShort(i)}</span></label>)}</div></fieldset>
        <div class="pair">
          <label class="field"><span>{t("Von")}</span><input type="time" value={form.begins} onInput={(event) => setForm({ ...form, begins: event.currentTarget.value })} /></label>
          {form.kind !== "drill" && <label class="field"><span>{t("Bis")}</span><input type="time" value={form.until} onInput={(event) => setForm({ ...form, until: event.currentTarget.value })} /></label>}
        </div>
        {form.kind === "office" && <label class="field"><span>{t("Rückmeldung alle … Minuten")}</span><input type="number" min={10} max={240} value={form.every ?? 60} onInput={(event) => setForm({ ...form, every: Math.max(10, Math.min(240, Math.round(Number(event.currentTarget.value)) || 60)) })} /></label>}
        <p class="small soft">{t("An Feiertagen und bei Abwesenheit ruht der Ablauf.")}</p>
        <div class="sheet-actions"><button type="submit" class="main">{t("Eintragen")}</button></div>
      </form>
    </Dialog>
  );
}
