/** Days on which the team is closed, once or every year. */
import { useState } from "preact/hooks";
import { withoutOrphans } from "../plan.ts";
import { t } from "../words.ts";
import { later, today } from "../zone.ts";
import { Dialog, Icon, Notice } from "./parts.tsx";
import { ProblemNotice, type Work } from "./rota.tsx";
import { stretches, stretchInWords, yearlyInWords } from "./rota_plan.tsx";

const LONGEST = 92;

export function ClosuresDialog({ work, onClose }: { work: Work; onClose: () => void }) {
  const { plan } = work.rota;
  const [days, setDays] = useState<readonly string[]>(plan.closures);
  const [yearly, setYearly] = useState<readonly string[]>(plan.closed_yearly);
  const [catholic, setCatholic] = useState(plan.catholic);
  const [first, setFirst] = useState("");
  const [last, setLast] = useState("");
  const [everyYear, setEveryYear] = useState(false);
  const [fault, setFault] = useState("");

  /** The days with what stands in the fields, or null when that is no stretch. */
  const withTyped = (): { days: readonly string[]; yearly: readonly string[] } | null => {
    if (first === "") return { days, yearly };
    const end = last === "" ? first : last;
    if (end < first) return refuse(t("Der letzte Tag liegt vor dem ersten."));
    const found: string[] = [];
    for (let day = first; day <= end && found.length <= LONGEST; day = later(day, 1)) found.push(day);
    if (found.length > LONGEST) return refuse(t("Das sind mehr als drei Monate. Bitte tragen Sie es in Teilen ein."));
    return everyYear ? { days, yearly: [...new Set([...yearly, ...found.map((day) => day.slice(5))])].sort() } : { days: [...new Set([...days, ...found])].sort(), yearly };
  };
  const refuse = (sentence: string): null => {
    setFault(sentence);
    return null;
  };
  const add = () => {
    if (first === "") return setFault(t("Bitte wählen Sie einen Tag."));
    const all = withTyped();
    if (all === null) return;
    setFault("");
    setDays(all.days);
    setYearly(all.yearly);
    setFirst("");
    setLast("");
    setEveryYear(false);
  };
  const save = async () => {
    const all = withTyped(); // what is typed but not yet added is meant, too
    if (all === null) return;
    const added = all.days.filter((day) => !plan.closures.includes(day));
    const gone = plan.closures.filter((day) => !all.days.includes(day));
    const stored = await work.save((now) => withoutOrphans({
      ...now, catholic, closed_yearly: all.yearly,
      closures: [...new Set([...now.closures.filter((day) => !gone.includes(day)), ...added])].sort(),
    }).plan, t("Gespeichert."));
    if (stored) onClose();
  };
  return (
    <Dialog title={t("Schließtage")} onClose={onClose}>
      <form noValidate onSubmit={(event) => { event.preventDefault(); void save(); }}>
        <ul class="lines">
          {stretches(days.filter((day) => day >= today())).map((one) => <li key={one.first}><span>{stretchInWords(one)}</span><button type="button" class="icon-button" aria-label={t("Streichen: {what}", { what: stretchInWords(one) })} onClick={() => setDays(days.filter((day) => day < one.first || day > one.last))}><Icon name="exit" /></button></li>)}
          {yearly.map((day) => <li key={day}><span>{yearlyInWords(day)}</span><button type="button" class="icon-button" aria-label={t("Streichen: {what}", { what: yearlyInWords(day) })} onClick={() => setYearly(yearly.filter((each) => each !== day))}><Icon name="exit" /></button></li>)}
        </ul>
        <div class="pair">
          <label class="field"><span>{t("Erster Tag")}</span><input type="date" value={first} onInput={(event) => setFirst(event.currentTarget.value)} /></label>
          <label class="field"><span>{t("Letzter Tag")}</span><input type="date" value={last} onInput={(event) => setLast(event.currentTarget.value)} /></label>
        </div>
        <label class="pick"><input type="checkbox" checked={everyYear} onChange={(event) => setEveryYear(event.currentTarget.checked)} /><span>{t("Jedes Jahr")}</span></label>
        <p><button type="button" class="second" onClick={add}><Icon name="plus" />{t("Dazu")}</button></p>
        <label class="pick"><input type="checkbox" checked={catholic} onChange={(event) => setCatholic(event.currentTarget.checked)} /><span>{t("Unsere Gemeinde ist überwiegend katholisch")}<br /><span class="soft small">{t("Zum Beispiel gilt dann Mariä Himmelfahrt in Bayern.")}</span></span></label>
        {fault !== "" && <Notice>{fault}</Notice>}
        <ProblemNotice problem={work.problem} />
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={work.busy}>{work.busy ? t("Einen Moment …") : t("Speichern")}</button></div>
      </form>
    </Dialog>
  );
}
