/** The questions of the documentation, as a carrier words them: for leads. They say nothing about anybody, so they are not sealed. */
import { useEffect, useState } from "preact/hooks";
import { questionsOf, sheetWord } from "../case_labels.ts";
import { type Sheet, SHEETS } from "../cases.ts";
import { useConsole, useSession } from "../console.ts";
import { failure } from "../faults.ts";
import { teamName } from "../labels.ts";
import { t } from "../words.ts";
import { Dialog, Notice } from "./parts.tsx";

/** Attendance and anonymous consultation have exactly the fields of the house. */
const WORDED: readonly Sheet[] = SHEETS.filter((each) => each !== "attendance" && each !== "consultation");
const MOST = 20;
const LONGEST = 300;

export function QuestionsDialog({ teams, onClose }: { teams: readonly string[]; onClose: () => void }) {
  const house = useConsole();
  const { directory } = useSession();
  const [team, setTeam] = useState(teams[0] ?? "");
  const [sheet, setSheet] = useState<Sheet>("anamnesis");
  const [own, setOwn] = useState<ReadonlyMap<Sheet, readonly string[]> | null>(null);
  const [text, setText] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    let alive = true;
    setOwn(null);
    house.cases.templates(team).then((all) => alive && setOwn(new Map(all.map((one) => [one.sheet, one.questions]))), (problem: unknown) => alive && setError(failure(problem)));
    return () => { alive = false; };
  }, [team]);
  useEffect(() => setText((own?.get(sheet) ?? questionsOf(sheet)).join("\n")), [own, sheet]);

  const put = async (questions: readonly string[], done: string) => {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      await house.cases.putTemplate(team, sheet, questions);
      const next = new Map(own);
      if (questions.length === 0) next.delete(sheet);
      else next.set(sheet, questions);
      setOwn(next);
      house.show(done);
    } catch (problem) {
      setError(failure(problem));
    } finally {
      setBusy(false);
    }
  };
  const save = () => {
    const questions = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
    if (questions.length === 0) return setError(t("Bitte schreiben Sie mindestens eine Frage, jede in eine Zeile."));
    if (questions.length > MOST || questions.some((line) => line.length > LONGEST)) return setError(t("Das ist zu viel: höchstens {n} Fragen mit je {letters} Zeichen.", { n: MOST, letters: LONGEST }));
    return void put(questions, t("Gespeichert. Neue Blätter haben diese Fragen."));
  };
  return (
    <Dialog title={t("Fragen der Dokumentation")} onClose={onClose}>
      <form noValidate onSubmit={(event) => { event.preventDefault(); save(); }}>
        <p class="soft">{t("Diese Fragen stehen in jedem neuen Blatt aller Teams Ihres Trägers. Sie sind nicht verschlossen: Bitte schreiben Sie nichts über einzelne Menschen.")}</p>
        {error !== "" && <Notice>{error}</Notice>}
        {teams.length > 1 && <label class="field"><span>{t("Team")}</span><select value={team} onChange={(event) => setTeam(event.currentTarget.value)}>{teams.map((each) => <option key={each} value={each}>{teamName(directory, each)}</option>)}</select></label>}
        <label class="field"><span>{t("Blatt")}</span><select value={sheet} onChange={(event) => { setSheet(event.currentTarget.value as Sheet); setError(""); }}>{WORDED.map((each) => <option key={each} value={each}>{sheetWord(each)}</option>)}</select></label>
        {own === null ? error === "" && <p role="status">{t("Wird geladen …")}</p> : (
          <>
            <label class="field"><span>{t("Fragen, jede in einer Zeile")}</span><textarea rows={6} value={text} onInput={(event) => setText(event.currentTarget.value)} /></label>
            <div class="sheet-actions">
              <button type="submit" class="main" aria-disabled={busy}>{t("Speichern")}</button>
              {own.has(sheet) && <button type="button" class="second" aria-disabled={busy} onClick={() => void put([], t("Es gelten wieder die gewohnten Fragen."))}>{t("Die gewohnten Fragen nehmen")}</button>}
              <button type="button" class="second" onClick={onClose}>{t("Schließen")}</button>
            </div>
          </>
        )}
      </form>
    </Dialog>
  );
}
