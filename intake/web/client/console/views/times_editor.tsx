/** Hours of the week: rows of days and a span. An end before the start lies on the next day, and says so. */
import { overMidnight, type Row } from "../plan.ts";
import { t } from "../words.ts";
import { weekdayLong, weekdayShort } from "../zone.ts";
import { Icon } from "./parts.tsx";

export const EMPTY_ROW: Row = { days: [true, true, true, true, true, false, false], from: "08:00", to: "16:00" };

export function TimesEditor({ rows, onChange }: { rows: readonly Row[]; onChange: (rows: readonly Row[]) => void }) {
  const change = (index: number, patch: Partial<Row>) => onChange(rows.map((row, i) => (i === index ? { ...row, ...patch } : row)));
  return (
    <div class="times-editor">
      {rows.map((row, i) => (
        <fieldset key={i} class="time-row">
          <legend class="spoken">{t("Zeit {n}", { n: i + 1 })}</legend>
          <div class="chips">
            {row.days.map((on, n) => <label key={n} class="chip"><input type="checkbox" class="spoken" checked={on} onChange={(event) => { const checked = event.currentTarget.checked; change(i, { days: row.days.map((each, d) => (d === n ? checked : each)) }); }} /><span aria-hidden="true">{weekdayShort(n)}</span><span class="spoken">{weekdayLong(n)}</span></label>)}
          </div>
          <div class="from-to">
            <label><span class="spoken">{t("von")}</span><input type="time" value={row.from} onInput={(event) => change(i, { from: event.currentTarget.value })} /></label>
            <span aria-hidden="true">–</span>
            <label><span class="spoken">{t("bis")}</span><input type="time" value={row.to} onInput={(event) => change(i, { to: event.currentTarget.value })} /></label>
            {rows.length > 1 && <button type="button" class="icon-button" aria-label={t("Zeit {n} streichen", { n: i + 1 })} onClick={() => onChange(rows.filter((_, each) => each !== i))}><Icon name="exit" /></button>}
          </div>
          {overMidnight(row) && <p class="small hint">{row.from === row.to ? t("24 Stunden, bis zum nächsten Tag um {time}.", { time: row.to }) : t("Über Mitternacht, bis zum nächsten Tag um {time}.", { time: row.to })}</p>}
        </fieldset>
      ))}
      <button type="button" class="link" onClick={() => onChange([...rows, rows.length === 0 ? EMPTY_ROW : { days: Array<boolean>(7).fill(false), from: "", to: "" }])}>{t("Noch eine Zeit")}</button>
    </div>
  );
}
