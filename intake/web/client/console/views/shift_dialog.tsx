/** One shift: its name, its hours, the people who take turns. */
import { useState } from "preact/hooks";
import { placeName } from "../duty_labels.ts";
import { blocksOf, type Edit, type Plan, type Row, rowsOf, type Shift, shiftFaults, withoutOrphans } from "../plan.ts";
import { t, tn } from "../words.ts";
import { monday, today } from "../zone.ts";
import { Dialog, Icon, Notice } from "./parts.tsx";
import { ProblemNotice, type Work } from "./rota.tsx";
import { EMPTY_ROW, TimesEditor } from "./times_editor.tsx";

const NOBODY = "-";

function blank(plan: Plan): Shift {
  return { id: plan.shifts.length === 0 ? t("Tag") : "", place: "first", blocks: {}, people: [], since: monday(today()), until: null, weeks_each: 1, on_days_off: false };
}

/** `before` is replaced by `after` (null: deleted), swaps move along with the name, and those that fit no more are dropped. */
function replacing(before: Shift | null, after: Shift | null): Edit {
  return (plan) => {
    const known = before !== null && plan.shifts.some(({ id }) => id === before.id);
    const shifts = after === null ? plan.shifts.filter(({ id }) => id !== before?.id) : known ? plan.shifts.map((shift) => (shift.id === before.id ? after : shift)) : [...plan.shifts, after];
    const swaps = before === null || after === null ? plan.swaps : plan.swaps.map((swap) => (swap.shift === before.id ? { ...swap, shift: after.id } : swap));
    return withoutOrphans({ ...plan, shifts, swaps }).plan;
  };
}

export function ShiftDialog({ shift, work, onClose }: { shift: Shift | null; work: Work; onClose: () => void }) {
  const { plan, people } = work.rota;
  const [form, setForm] = useState<Shift>(shift ?? blank(plan));
  const [rows, setRows] = useState<readonly Row[]>(shift === null ? [EMPTY_ROW] : rowsOf(shift.blocks));
  const [faults, setFaults] = useState<readonly string[]>([]);
  const [adding, setAdding] = useState("");
  const change = (patch: Partial<Shift>) => setForm({ ...form, ...patch });
  const made: Shift = { ...form, id: form.id.trim(), blocks: blocksOf(rows) };
  const edited = replacing(shift, made)(plan);
  const dropped = plan.swaps.length - edited.swaps.length;
  const turns = form.people.length > 1;

  const save = async () => {
    const found = shiftFaults(made, rows, plan.shifts.filter(({ id }) => id !== shift?.id));
    setFaults(found);
    if (found.length > 0) return;
    if (await work.save(replacing(shift, made), t("Die Schicht „{name}“ ist gespeichert.", { name: made.id }))) onClose();
  };
  const candidates = people.filter(({ id }) => !form.people.includes(id));
  const chosen = adding === NOBODY || candidates.some(({ id }) => id === adding) ? adding : (candidates[0]?.id ?? NOBODY);
  const add = () => {
    change({ people: [...form.people, chosen === NOBODY ? null : chosen] });
    setAdding("");
  };
  const up = (i: number) => {
    const next = [...form.people];
    [next[i - 1], next[i]] = [next[i] ?? null, next[i - 1] ?? null];
    change({ people: next });
  };
  const remove = (i: number) => change({ people: form.people.filter((_, each) => each !== i) });
  const name = (person: string | null) => (person === null ? t("niemand") : work.name(person));

  return (
    <Dialog title={shift === null ? t("Neue Schicht") : t("Schicht ändern")} wide onClose={onClose}>
      <form noValidate onSubmit={(event) => { event.preventDefault(); void save(); }}>
        <label class="field"><span>{t("Name")}</span><input type="text" maxLength={64} autocomplete="off" value={form.id} onInput={(event) => change({ id: event.currentTarget.value })} /></label>

        <fieldset class="group"><legend>{t("Zeiten")}</legend><TimesEditor rows={rows} onChange={setRows} /></fieldset>

        <fieldset class="group"><legend>{turns ? t("Wer, im Wechsel") : t("Wer")}</legend>
          {form.people.length > 0 && <ol class="lines turns">
            {form.people.map((person, i) => (
              <li key={`${person}-${i}`}><span><b>{turns ? `${i + 1}. ` : ""}{name(person)}</b></span>
                {i > 0 && <button type="button" class="icon-button up" aria-label={t("{name} eins nach vorn", { name: name(person) })} onClick={() => up(i)}><Icon name="down" /></button>}
                <button type="button" class="icon-button" aria-label={t("{name} herausnehmen", { name: name(person) })} onClick={() => remove(i)}><Icon name="exit" /></button></li>
            ))}
          </ol>}
          <div class="with-add"><label><span class="spoken">{t("Person hinzufügen")}</span><select value={chosen} onChange={(event) => setAdding(event.currentTarget.value)}>
            {candidates.map(({ id, name: said }) => <option key={id} value={id}>{said}</option>)}
            <option value={NOBODY}>{t("niemand (freie Woche)")}</option>
          </select></label><button type="button" class="second" onClick={add}><Icon name="plus" />{t("Dazu")}</button></div>
          {turns && <label class="field inline"><span>{t("Wechsel alle")}</span><input type="number" min={1} max={52} value={form.weeks_each} onInput={(event) => change({ weeks_each: Math.min(52, Math.max(1, Math.round(Number(event.currentTarget.value)) || 1)) })} /><span>{form.weeks_each === 1 ? t("Woche") : t("Wochen")}</span></label>}
        </fieldset>

        <fieldset class="group"><legend>{t("Reihenfolge beim Alarm")}</legend>
          <div class="picks two">{(["first", "second"] as const).map((place) => <label key={place} class="pick"><input type="radio" name="place" checked={form.place === place} onChange={() => change({ place })} /><span>{placeName(place)}</span></label>)}</div>
          <p class="small soft">{t("Die zweite Person wird gerufen, wenn die erste nicht reagiert.")}</p>
        </fieldset>

        <div class="pair">
          <label class="field"><span>{t("Gilt ab")}</span><input type="date" value={form.since} onInput={(event) => change({ since: event.currentTarget.value })} /></label>
          <label class="field"><span>{t("Gilt bis (kann leer bleiben)")}</span><input type="date" value={form.until ?? ""} onInput={(event) => change({ until: event.currentTarget.value === "" ? null : event.currentTarget.value })} /></label>
        </div>
        {turns && <p class="small soft">{t("An diesem Wochentag wechseln die Personen. Mit der ersten fängt es an.")}</p>}
        <label class="pick"><input type="checkbox" checked={form.on_days_off} onChange={(event) => change({ on_days_off: event.currentTarget.checked })} /><span>{t("Auch an Feiertagen und Schließtagen")}</span></label>

        {dropped > 0 && <Notice kind="plain">{tn("Ein vereinbarter Tausch passt dann nicht mehr und fällt weg.", "{n} vereinbarte Tausche passen dann nicht mehr und fallen weg.", dropped)}</Notice>}
        {faults.length > 0 && <Notice><ul class={faults.length > 1 ? "dots" : undefined}>{faults.map((one) => <li key={one}>{one}</li>)}</ul></Notice>}
        <ProblemNotice problem={work.problem} />
        <div class="sheet-actions">
          <button type="submit" class="main" aria-disabled={work.busy}>{work.busy ? t("Einen Moment …") : t("Speichern")}</button>
          {shift !== null && <button type="button" class="second alarm" aria-disabled={work.busy} onClick={() => void work.save(replacing(shift, null), t("Die Schicht „{name}“ ist gelöscht.", { name: shift.id })).then((stored) => { if (stored) onClose(); })}>{t("Löschen")}</button>}
        </div>
      </form>
    </Dialog>
  );
}
