/** Being away, with dates and somebody who stands in. */
import { useState } from "preact/hooks";
import { useConsole, useSession } from "../console.ts";
import { t } from "../words.ts";
import { today } from "../zone.ts";
import { Dialog, Notice } from "./parts.tsx";
import { ProblemNotice, type Work } from "./rota.tsx";

export function AbsenceDialog({ work, onClose }: { work: Work; onClose: () => void }) {
  const house = useConsole();
  const { member } = useSession();
  const { rota } = work;
  const [person, setPerson] = useState(member.id);
  const [first, setFirst] = useState(today());
  const [last, setLast] = useState("");
  const [substitute, setSubstitute] = useState("");
  const [fault, setFault] = useState("");
  const colleagues = rota.people.filter(({ id }) => id !== person);
  const save = async () => {
    const end = last === "" ? first : last;
    if (first === "") return setFault(t("Ab wann?"));
    if (end < first) return setFault(t("Der letzte Tag liegt vor dem ersten."));
    setFault("");
    const stored = await work.act(() => house.rota.addAbsence(rota.team, person, first, end, substitute === "" ? null : substitute), substitute === "" ? t("Eingetragen. Für diese Tage fehlt vielleicht noch jemand: siehe Lücken.") : t("Eingetragen."));
    if (stored) onClose();
  };
  return (
    <Dialog title={t("Abwesenheit eintragen")} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); void save(); }}>
        <ProblemNotice problem={work.problem} />
        {fault !== "" && <Notice>{fault}</Notice>}
        {rota.may_edit && rota.people.length > 1 && <label class="field"><span>{t("Wer?")}</span><select value={person} onChange={(event) => { setPerson(event.currentTarget.value); setSubstitute(""); }}>{rota.people.map(({ id, name }) => <option key={id} value={id}>{id === member.id ? t("Ich") : name}</option>)}</select></label>}
        <div class="pair">
          <label class="field"><span>{t("Erster Tag")}</span><input type="date" value={first} onInput={(event) => setFirst(event.currentTarget.value)} /></label>
          <label class="field"><span>{t("Letzter Tag")}</span><input type="date" value={last} min={first} onInput={(event) => setLast(event.currentTarget.value)} /></label>
        </div>
        <label class="field"><span>{t("Wer vertritt?")}</span><select value={substitute} onChange={(event) => setSubstitute(event.currentTarget.value)}><option value="">{t("Noch niemand")}</option>{colleagues.map(({ id, name }) => <option key={id} value={id}>{id === member.id ? t("Ich") : name}</option>)}</select></label>
        <p class="small soft">{t("Beide Tage zählen mit. Einen Grund brauchen wir nicht.")}</p>
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={work.busy}>{work.busy ? t("Einen Moment …") : t("Eintragen")}</button></div>
      </form>
    </Dialog>
  );
}
