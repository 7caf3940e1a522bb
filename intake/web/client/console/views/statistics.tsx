/** Published numbers of a Land: bars to see, tables to read, a file to take along; and where nobody is responsible. */
import { useEffect, useState } from "preact/hooks";
import { useConsole } from "../console.ts";
import { failure } from "../faults.ts";
import { phenomenonName, roleName, teamName } from "../labels.ts";
import { csv, type Gap, type Group, type Publication, type Table } from "../statistics_api.ts";
import { halfName, subjectName, valueName } from "../statistics_labels.ts";
import { useSession } from "../console.ts";
import { t, tn } from "../words.ts";
import { Icon, Notice, ViewTitle } from "./parts.tsx";

const NOT_NAMED = 3; // a place with so many letters is a Land: no Kreis was named

export function StatisticsView() {
  const house = useConsole();
  const { directory } = useSession();
  const [found, setFound] = useState<Publication | null>(null);
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  const [error, setError] = useState("");

  const load = async (land: string | null, half: string | null) => {
    try {
      const latest = await house.statistics.read(land, half);
      const codes = new Set([...latest.gaps.map(({ place }) => place), ...latest.tables.flatMap(({ rows }) => rows.flatMap(({ values }) => values)), ...latest.lands]);
      const named = await Promise.all([...codes].map(async (code) => [code, await house.placeName(code)] as const));
      setNames(new Map(named));
      setFound(latest);
      setError("");
    } catch (problem) {
      setError(failure(problem));
    }
  };
  useEffect(() => void load(null, null), []);

  const landName = (code: string) => (code === "DE" ? t("Bundesweite Teams") : (names.get(code) ?? code));
  const place = (code: string) => (/^DE.?$/.test(code) ? t("ohne Kreis") : code.startsWith("DE") && code.length > NOT_NAMED ? (names.get(code) ?? code) : teamName(directory, code));
  const save = () => {
    if (found === null) return;
    const text = csv(found.tables, subjectName, valueName, place, t("unter 5"), t("Summe"));
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: `statistik-${found.land}-${found.half}.csv` });
    link.click();
    URL.revokeObjectURL(link.href);
  };

  return (
    <section class="pane page duty" aria-label={t("Zahlen")}>
      <ViewTitle focus="statistics">{t("Zahlen")}</ViewTitle>
      <p class="soft">{t("Gezählt wird, was endet. Zahlen unter 5 stehen hier nicht, und so viele andere auch nicht, dass sich keine ausrechnen lässt. Kleine Kreise sind zusammengefasst.")}</p>
      {error !== "" && <Notice>{error} <button type="button" class="link" onClick={() => void load(null, null)}>{t("Noch einmal versuchen")}</button></Notice>}
      {found && (
        <>
          <div class="number-picks">
            {found.lands.length > 1 && <label class="field"><span>{t("Land")}</span><select value={found.land} onChange={(event) => void load(event.currentTarget.value, found.half)}>{found.lands.map((land) => <option key={land} value={land}>{landName(land)}</option>)}</select></label>}
            {found.halves.length > 0 && <label class="field"><span>{t("Zeitraum")}</span><select value={found.half ?? ""} onChange={(event) => void load(found.land, event.currentTarget.value)}>{found.halves.map((half) => <option key={half} value={half}>{halfName(half)}</option>)}</select></label>}
            {found.tables.length > 0 && <button type="button" class="second" onClick={save}><Icon name="down" />{t("Als Tabelle sichern (CSV)")}</button>}
          </div>
          {found.half === null && <Notice kind="plain">{t("Es gibt noch keine Zahlen. Ein halbes Jahr erscheint, wenn es vorbei ist. Früher geht es nicht: Aus zwei Ständen ließe sich ausrechnen, wer dazugekommen ist.")}</Notice>}
          {found.tables.map((table) => <TableCard key={table.subject} table={table} place={place} />)}
          <h2>{t("Wo niemand zuständig ist")}</h2>
          <GapMap gaps={found.gaps} place={(code) => names.get(code) ?? code} />
        </>
      )}
    </section>
  );
}

function groupName(group: Group, name: (value: string) => string): string {
  return group.values.map(name).join(" + ");
}

function TableCard({ table, place }: { table: Table; place: (code: string) => string }) {
  const value = (code: string) => valueName(table.subject, code);
  const most = Math.max(1, ...table.columns.map(({ total }) => total));
  const teams = table.subject === "pace" || table.subject === "promise";
  return (
    <article class="card-box">
      <h2>{subjectName(table.subject)}</h2>
      {table.total === null ? <p class="soft">{t("Unter 5. Darum steht hier nichts.")}</p> : (
        <>
          <ul class="bars">{table.columns.map((column) => (
            <li key={column.values[0]}><span>{groupName(column, value)}</span><b>{column.total}</b>
              <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="track" width="100" height="6" rx="1" /><rect width={(100 * column.total) / most} height="6" rx="1" /></svg></li>
          ))}</ul>
          <details class="deliveries"><summary>{teams ? t("Nach Teams") : t("Nach Kreisen")}</summary>
            <div class="scroll" tabIndex={0} role="region" aria-label={t("Tabelle: {what}", { what: subjectName(table.subject) })}>
              <table class="numbers"><caption class="spoken">{subjectName(table.subject)}</caption>
                <thead><tr><td />{table.columns.map((column) => <th scope="col" key={column.values[0]}>{groupName(column, value)}</th>)}<th scope="col">{t("Summe")}</th></tr></thead>
                <tbody>{table.rows.map((row, i) => (
                  <tr key={row.values[0]}><th scope="row">{groupName(row, place)}</th>{(table.counts[i] ?? []).map((count, j) => <td key={j}>{count ?? <abbr title={t("weggelassen, damit niemand erkennbar wird")}>·</abbr>}</td>)}<td><b>{row.total}</b></td></tr>
                ))}</tbody>
              </table>
            </div>
          </details>
        </>
      )}
    </article>
  );
}

function GapMap({ gaps, place }: { gaps: readonly Gap[]; place: (code: string) => string }) {
  if (gaps.length === 0) return <Notice kind="ok">{t("In jedem Kreis gibt es für jedes Thema ein Team.")}</Notice>;
  const phenomena = [...new Set(gaps.map(({ phenomenon }) => phenomenon))];
  const places = [...new Set(gaps.map((gap) => gap.place))].sort((a, b) => place(a).localeCompare(place(b)));
  return (
    <>
      <p class="soft">{tn("In {n} Kreis fehlt für ein Thema ein Team.", "In {n} Kreisen fehlt für ein Thema ein Team.", places.length)}</p>
      <div class="scroll" tabIndex={0} role="region" aria-label={t("Lücken nach Kreis und Thema")}>
        <table class="numbers gap-map"><caption class="spoken">{t("Lücken nach Kreis und Thema")}</caption>
          <thead><tr><td />{phenomena.map((each) => <th scope="col" key={each}><abbr title={phenomenonName(each)}>{each === "unknown" ? "?" : each}</abbr></th>)}</tr></thead>
          <tbody>{places.map((code) => (
            <tr key={code}><th scope="row">{place(code)}</th>{phenomena.map((phenomenon) => <GapCell key={phenomenon} gaps={gaps.filter((gap) => gap.place === code && gap.phenomenon === phenomenon)} />)}</tr>
          ))}</tbody>
        </table>
      </div>
      <p class="small soft"><span class="hole all" aria-hidden="true" /> {t("niemand")} · <span class="hole" aria-hidden="true" /> {t("nur staatliche Teams")}</p>
    </>
  );
}

function GapCell({ gaps }: { gaps: readonly Gap[] }) {
  if (gaps.length === 0) return <td />;
  const nobody = gaps.filter(({ only_civil }) => !only_civil);
  const said = nobody.length > 0 ? t("niemand für: {who}", { who: nobody.map(({ role }) => roleName(role)).join(", ") }) : t("nur staatliche Teams für: {who}", { who: gaps.map(({ role }) => roleName(role)).join(", ") });
  return <td><span class={`hole${nobody.length > 0 ? " all" : ""}`} role="img" aria-label={said} title={said} /></td>;
}
