/** Another team answers when nobody of ours does. */
import { useState } from "preact/hooks";
import { useSession } from "../console.ts";
import { blocksOf, type Row } from "../plan.ts";
import { t } from "../words.ts";
import { today } from "../zone.ts";
import { Dialog, Notice } from "./parts.tsx";
import { ProblemNotice, type Work } from "./rota.tsx";
import { EMPTY_ROW, TimesEditor } from "./times_editor.tsx";

export function AgreementDialog({ work, onClose }: { work: Work; onClose: () => void }) {
  const { directory } = useSession();
  const teams = directory.teams.filter((team) => team.id !== work.rota.team).sort((one, other) => one.name.localeCompare(other.name));
  const [team, setTeam] = useState("");
  const [first, setFirst] = useState(today());
  const [last, setLast] = useState("");
  const [always, setAlways] = useState(true);
  const [rows, setRows] = useState<readonly Row[]>([EMPTY_ROW]);
  const [fault, setFault] = useState("");
  const save = async () => {
    if (team === "") return setFault(t("Welches Team vertritt Sie?"));
    if (first === "") return setFault(t("Ab wann?"));
    if (last !== "" && last < first) return setFault(t("Der letzte Tag liegt vor dem ersten."));
    if (!always && rows.some(({ days, from, to }) => from === "" || to === "" || !days.some(Boolean))) return setFault(t("Bei einer Zeit fehlt noch etwas: Tage, Anfang oder Ende."));
    setFault("");
    const made = { team, first, last: last === "" ? null : last, hours: always ? null : blocksOf(rows) };
    if (await work.save((now) => ({ ...now, agreements: [...now.agreements, made] }), t("Die Vertretung ist vereinbart."))) onClose();
  };
  return (
    <Dialog title={t("Vertretung vereinbaren")} onClose={onClose}>
      <form noValidate onSubmit={(event) => { event.preventDefault(); void save(); }}>
        <p class="soft">{t("Sprechen Sie es mit dem anderen Team ab. Es wird dann gerufen, wenn bei Ihnen niemand im Plan steht.")}</p>
        <label class="field"><span>{t("Team")}</span><select value={team} onChange={(event) => setTeam(event.currentTarget.value)}><option value="">{t("Bitte wählen")}</option>{teams.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}</select></label>
        <div class="pair">
          <label class="field"><span>{t("Gilt ab")}</span><input type="date" value={first} onInput={(event) => setFirst(event.currentTarget.value)} /></label>
          <label class="field"><span>{t("Gilt bis (kann leer bleiben)")}</span><input type="date" value={last} onInput={(event) => setLast(event.currentTarget.value)} /></label>
        </div>
        <label class="pick"><input type="checkbox" checked={always} onChange={(event) => setAlways(event.currentTarget.checked)} /><span>{t("Zu jeder Zeit, in der bei uns niemand ist")}</span></label>
        {!always && <TimesEditor rows={rows} onChange={setRows} />}
        {fault !== "" && <Notice>{fault}</Notice>}
        <ProblemNotice problem={work.problem} />
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={work.busy}>{work.busy ? t("Einen Moment …") : t("Vereinbaren")}</button></div>
      </form>
    </Dialog>
  );
}
