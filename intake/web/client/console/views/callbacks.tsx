/** Callbacks of the own teams: what is due now, what is planned. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { attemptsName, doubts, standingOf } from "../call_labels.ts";
import type { Call } from "../callbacks.ts";
import { useConsole, useSession } from "../console.ts";
import { failure } from "../faults.ts";
import { languageName, reference, teamName } from "../labels.ts";
import { t } from "../words.ts";
import { Icon, Notice, ViewTitle } from "./parts.tsx";

const LOOK_MS = 30_000;

/** All open callbacks, read again every half minute while somebody looks. */
export function useCalls(): { calls: readonly Call[] | null; error: string; look: () => Promise<void> } {
  const house = useConsole();
  const { keyring, directory } = useSession();
  const [calls, setCalls] = useState<readonly Call[] | null>(null);
  const [error, setError] = useState("");
  const alive = useRef(true);
  const look = useCallback(async () => {
    try {
      const signers = (team: string) => { const found = directory.teams.find(({ id }) => id === team); return found ? directory.verifyKeysOf(found) : []; };
      const found = await house.callbacks.all(keyring, signers);
      if (!alive.current) return;
      setCalls(found);
      setError("");
    } catch (problem) {
      if (alive.current) setError(failure(problem));
    }
  }, [house, keyring, directory]);
  useEffect(() => {
    void look();
    const timer = setInterval(() => { if (!document.hidden) void look(); }, LOOK_MS);
    return () => { alive.current = false; clearInterval(timer); };
  }, [look]);
  return { calls, error, look };
}

export function CallbacksView() {
  const house = useConsole();
  const { directory, teams } = useSession();
  const { calls, error, look } = useCalls();
  return (
    <section class="pane page duty">
      <ViewTitle focus="callbacks">{t("Rückrufe")}</ViewTitle>
      <p class="soft">{t("Nummer und Absprache stehen nur hier, aufgeschlossen in Ihrem Browser.")}</p>
      {error !== "" && <Notice>{error} <button type="button" class="link" onClick={() => void look()}>{t("Noch einmal versuchen")}</button></Notice>}
      {calls === null && error === "" && <p role="status">{t("Wird geladen …")}</p>}
      {calls?.length === 0 && <div class="empty"><Icon name="call" /><p>{t("Gerade wartet niemand auf einen Rückruf.")}</p></div>}
      <ul class="cards">
        {calls?.map((call) => {
          const { due, facts, agreement } = call;
          const now = due.may_dial || due.state === "attempting";
          return (
            <li key={due.mailbox} class={`card-box alert-card${due.may_dial ? " loud" : ""}${due.yours ? " yours" : ""}`} aria-labelledby={`call-${due.mailbox}`}>
              <div class="card-head"><h2 id={`call-${due.mailbox}`}>{standingOf(due)}</h2><span class="reference">{reference(due)}</span></div>
              <p class="under">{[teams.length > 1 ? teamName(directory, due.team) : "", attemptsName(due), facts ? languageName(agreement?.lang ?? facts.lang) : "", agreement?.interpreter ? t("mit Dolmetschen") : ""].filter(Boolean).join(" · ")}</p>
              {doubts(call).map((doubt) => <p key={doubt} class="now"><Icon name="alert" /><span><b>{doubt}</b></span></p>)}
              <div class="card-actions"><button type="button" class={now ? "main" : "second"} aria-describedby={`call-${due.mailbox}`} onClick={() => house.router.go({ section: "callbacks", mailbox: due.mailbox })}>{t("Öffnen")}</button></div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
