/** The running and the ended counselling of the own teams. */
import { useEffect, useState } from "preact/hooks";
import { intervalWord, kindWord, mandateWord, outcomeWord, stateWord, warningWord } from "../case_labels.ts";
import type { Case } from "../cases.ts";
import { day } from "../clock.ts";
import { useConsole, useSession } from "../console.ts";
import { failure } from "../faults.ts";
import { reference, teamName } from "../labels.ts";
import { t } from "../words.ts";
import { Icon, Notice, ViewTitle } from "./parts.tsx";
import { QuestionsDialog } from "./questions_dialog.tsx";

export function CasesView() {
  const house = useConsole();
  const { teams, directory, roles } = useSession();
  const leading = teams.filter((team) => roles[team] === "lead");
  const [wording, setWording] = useState(false);
  const [ended, setEnded] = useState(false);
  const [cases, setCases] = useState<readonly Case[] | null>(null);
  const [error, setError] = useState("");
  const load = async () => {
    setError("");
    try {
      const all = await Promise.all(teams.map(ended ? house.cases.ended : house.cases.running));
      setCases(all.flat());
    } catch (problem) {
      setError(failure(problem));
    }
  };
  useEffect(() => { setCases(null); void load(); }, [ended]);
  return (
    <section class="pane page duty">
      <ViewTitle focus="cases">{t("Beratungen")}</ViewTitle>
      <p class="soft">{t("Aus einer Anfrage wird eine Beratung, wenn jemand beauftragt hat. Was Sie dokumentieren, kann nur Ihr Team lesen.")}</p>
      {leading.length > 0 && <p><button type="button" class="link" onClick={() => setWording(true)}>{t("Fragen der Dokumentation")}</button></p>}
      <div class="tabs" role="group" aria-label={t("Welche?")}>
        <button type="button" aria-pressed={!ended} onClick={() => setEnded(false)}>{t("Laufende")}</button>
        <button type="button" aria-pressed={ended} onClick={() => setEnded(true)}>{t("Beendete")}</button>
      </div>
      {error !== "" && <Notice>{error} <button type="button" class="link" onClick={() => void load()}>{t("Noch einmal versuchen")}</button></Notice>}
      {cases === null && error === "" && <p role="status">{t("Wird geladen …")}</p>}
      {cases?.length === 0 && <p class="soft">{ended ? t("Noch keine.") : t("Keine. Öffnen Sie eine Anfrage, um dort eine Beratung festzuhalten.")}</p>}
      <ul class="cards">
        {cases?.map((one) => (
          <li key={one.mailbox} class="card-box case-row">
            <button type="button" class="case-open" onClick={() => house.router.go({ section: "cases", mailbox: one.mailbox })}>
              <b>{reference(one)} · {kindWord(one.kind)}</b>
              <span class="soft small">{teams.length > 1 && `${teamName(directory, one.team)} · `}{one.state === "ended" && one.outcome !== null ? outcomeWord(one.outcome) : [stateWord(one.state), one.mandate === null ? "" : mandateWord(one.mandate), t("Kontakt {interval}", { interval: intervalWord(one.interval_days) })].filter(Boolean).join(" · ")}</span>
              <span class="soft small">{[one.first?.name, one.second?.name].filter(Boolean).join(", ")} · {t("seit {day}", { day: day(one.opened) })}</span>
              {one.warnings.map((warning) => <span key={warning} class="way late"><Icon name="alert" />{warningWord(warning)}</span>)}
            </button>
          </li>
        ))}
      </ul>
      {wording && <QuestionsDialog teams={leading} onClose={() => setWording(false)} />}
    </section>
  );
}
