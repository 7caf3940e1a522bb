/** Writing a sheet of the documentation; and the two that leave the house on paper: attendance, anonymous consultation. */
import { useEffect, useState } from "preact/hooks";
import type { RecordPayload } from "../../lib/payloads.ts";
import { questionsOf, sheetWord } from "../case_labels.ts";
import { type Case, sealRecord, type Sheet } from "../cases.ts";
import { useConsole, useSession } from "../console.ts";
import { failure } from "../faults.ts";
import { languageCode, t } from "../words.ts";
import { today } from "../zone.ts";
import { Dialog, Icon, Notice } from "./parts.tsx";
import { Paper } from "./paper.tsx";

interface Props {
  readonly found: Case;
  readonly sheet: Sheet;
  readonly record: RecordPayload | null;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}

const FIXED: readonly Sheet[] = ["attendance", "consultation"]; // exactly these fields, whatever a carrier would like

export function SheetDialog({ found, sheet, record, onClose, onSaved }: Props) {
  const house = useConsole();
  const { keyring, member } = useSession();
  const [fields, setFields] = useState<RecordPayload["fields"]>(() => record?.fields ?? questionsOf(sheet).map((title) => ({ title, text: "" })));
  const [dates, setDates] = useState<readonly string[]>(record?.dates ?? []);
  const [date, setDate] = useState(today());
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const [paper, setPaper] = useState(false);

  useEffect(() => {
    if (record !== null || FIXED.includes(sheet)) return;
    let alive = true;
    house.cases.templates(found.team).then((all) => {
      const own = all.find((one) => one.sheet === sheet)?.questions;
      if (alive && own !== undefined) setFields((now) => (now.some(({ text }) => text !== "") ? now : own.map((title) => ({ title, text: "" }))));
    }, () => undefined); // without them the questions of the house do
    return () => { alive = false; };
  }, []);

  const save = async () => {
    const team = keyring.writer(found.team);
    if (busy || team === null) return;
    setBusy(true);
    setError("");
    try {
      await house.cases.putSheet(found.mailbox, sheet, await sealRecord(found.mailbox, sheet, fields, [...dates].sort(), member.name, team));
      onSaved();
    } catch (problem) {
      setError(failure(problem));
      setBusy(false);
    }
  };
  const consent = (fields[0]?.text ?? "").trim() !== "";
  const filled = fields.every(({ text }) => text.trim() !== "");
  return (
    <Dialog title={sheetWord(sheet)} onClose={onClose} wide>
      <form noValidate onSubmit={(event) => { event.preventDefault(); void save(); }}>
        {error !== "" && <Notice>{error}</Notice>}
        {sheet === "consultation" && <Notice kind="plain">{t("Für eine Fallberatung mit anderen Stellen. Bitte keine Namen, keine Geburtsdaten und keinen Ort außer dem Landkreis. Weitergegeben werden genau diese drei Angaben.")}</Notice>}
        {fields.map((field, i) => (
          <label class="field" key={i}><span>{field.title}</span><textarea rows={sheet === "consultation" && i > 0 ? 1 : 4} maxLength={20_000} value={field.text} onInput={(event) => { const text = event.currentTarget.value; setFields(fields.map((each, at) => (at === i ? { ...each, text } : each))); }} /></label>
        ))}
        {sheet === "attendance" && (
          <fieldset class="picks"><legend>{t("An diesen Tagen war die Person da")}</legend>
            <ul class="chips">{[...dates].sort().map((each) => <li key={each}><span>{new Date(`${each}T12:00:00`).toLocaleDateString(languageCode())}</span><button type="button" class="icon-button" aria-label={t("Streichen: {what}", { what: each })} onClick={() => setDates(dates.filter((one) => one !== each))}><Icon name="exit" /></button></li>)}</ul>
            <div class="date-row"><input type="date" aria-label={t("Tag")} value={date} max={today()} onInput={(event) => setDate(event.currentTarget.value)} /><button type="button" class="second" onClick={() => { if (date !== "" && date <= today() && !dates.includes(date)) setDates([...dates, date]); }}>{t("Eintragen")}</button></div>
          </fieldset>
        )}
        {FIXED.includes(sheet) && <p class="small soft">{sheet === "attendance" ? t("Eine Bescheinigung gibt es erst, wenn die Einwilligung oben steht.") : t("Auf das Blatt kommen die drei Angaben, sonst nichts.")}</p>}
        <div class="sheet-actions">
          <button type="submit" class="main" aria-disabled={busy}>{busy ? t("Wird verschlossen …") : t("Verschlossen speichern")}</button>
          {sheet === "attendance" && <button type="button" class="second" aria-disabled={!consent || dates.length === 0} onClick={() => { if (consent && dates.length > 0) setPaper(true); }}>{t("Bescheinigung drucken")}</button>}
          {sheet === "consultation" && <button type="button" class="second" aria-disabled={!filled} onClick={() => { if (filled) setPaper(true); }}>{t("Blatt drucken")}</button>}
          <button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button>
        </div>
      </form>
      {paper && <Paper found={found} sheet={sheet} fields={fields} dates={[...dates].sort()} onDone={() => setPaper(false)} />}
    </Dialog>
  );
}
