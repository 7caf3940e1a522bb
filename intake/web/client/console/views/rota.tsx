/** The duty plan of a team: who stands when, where nobody stands, and the plan itself. */
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api.ts";
import { useConsole } from "../console.ts";
import { differences, type Edit } from "../plan.ts";
import type { Duty, Gap, Overlap, Rota } from "../rota_api.ts";
import { t, tn } from "../words.ts";
import { at } from "../zone.ts";
import { failure } from "../faults.ts";
import { Notice, ViewTitle } from "./parts.tsx";
import { GapsPane } from "./rota_gaps.tsx";
import { PlanPane } from "./rota_plan.tsx";
import { WeekPane } from "./rota_week.tsx";
import { TeamPick, useTeam } from "./team_pick.tsx";

const LOOK_MS = 60_000;
export type RotaTab = "week" | "gaps" | "plan";
export interface Outlook { readonly duties: readonly Duty[]; readonly gaps: readonly Gap[]; readonly overlaps: readonly Overlap[] }

/** What the panes may do with the plan. `save` and `act` return true when it is stored. */
export interface Work {
  readonly rota: Rota;
  readonly outlook: Outlook;
  readonly name: (person: string) => string;
  readonly busy: boolean;
  readonly save: (edit: Edit, done: string) => Promise<boolean>;
  readonly act: (doing: () => Promise<Rota>, done: string) => Promise<boolean>;
  /** What went wrong with the last of these, drawn where the counsellor is looking. */
  readonly problem: Problem | null;
  readonly forgive: () => void;
}
export type Problem = { readonly kind: "error"; readonly said: string } | { readonly kind: "faults"; readonly said: readonly string[] } | { readonly kind: "changed"; readonly by: string; readonly when: string; readonly said: readonly string[] };

export function RotaView({ tab }: { tab: RotaTab }) {
  const house = useConsole();
  const [team, setTeam] = useTeam();
  const [rota, setRota] = useState<Rota | null>(null);
  const [outlook, setOutlook] = useState<Outlook | null>(null);
  const [error, setError] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const shown = useRef(team);

  const look = async (of: string) => {
    const [duties, { gaps, overlaps }] = await Promise.all([house.rota.duties(of), house.rota.gaps(of)]);
    if (shown.current === of) setOutlook({ duties, gaps, overlaps });
  };
  const load = async (of: string) => {
    shown.current = of;
    setError("");
    setProblem(null);
    setRota(null);
    setOutlook(null);
    if (of === "") return;
    try {
      const found = await house.rota.rota(of);
      if (shown.current === of) setRota(found);
      await look(of);
    } catch (fault) {
      if (shown.current === of) setError(failure(fault));
    }
  };
  useEffect(() => void load(team), [team]);
  useEffect(() => {
    // Somebody else offers a swap or changes the plan. Never under an open dialog: what is in it was meant for the plan as it was.
    const steady = () => !document.hidden && document.querySelector("dialog[open]") === null;
    const timer = setInterval(() => {
      if (rota === null || busy || !steady()) return;
      void house.rota.rota(rota.team).then((newer) => {
        if (shown.current !== newer.team || newer.version === rota.version || !steady()) return;
        setRota(newer);
        void look(newer.team).catch(() => undefined);
      }, () => undefined);
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, [rota, busy]);

  const name = (person: string) => rota?.people.find(({ id }) => id === person)?.name ?? person;
  const act = async (doing: () => Promise<Rota>, done: string, undo: (() => void) | null = null): Promise<boolean> => {
    if (busy || rota === null) return false;
    setBusy(true);
    setProblem(null);
    try {
      const next = await doing();
      setRota(next);
      house.show(done, undo);
      void look(team).catch(() => undefined); // the plan is stored; what follows from it is fetched again with the next look
      return true;
    } catch (fault) {
      setProblem(await explain(fault, rota));
      return false;
    } finally {
      setBusy(false);
    }
  };
  const explain = async (fault: unknown, before: Rota): Promise<Problem> => {
    if (fault instanceof ApiError && fault.status === 409 && fault.code === "rota_changed") {
      try {
        const newer = await house.rota.rota(before.team);
        setRota(newer);
        void look(before.team).catch(() => undefined);
        const by = newer.changed_by === "" ? t("Jemand anderes") : newer.changed_by;
        return { kind: "changed", by, when: newer.changed_at === null ? "" : at(newer.changed_at), said: differences(before.plan, newer.plan, name) };
      } catch (again) {
        return { kind: "error", said: failure(again) };
      }
    }
    const faults = fault instanceof ApiError ? fault.body["faults"] : undefined;
    if (Array.isArray(faults) && faults.length > 0) {
      // Most often somebody else was first: what is there now is shown along with the sentence.
      void house.rota.rota(before.team).then((newer) => { if (shown.current === newer.team) setRota(newer); }, () => undefined);
      void look(before.team).catch(() => undefined);
      return { kind: "faults", said: faults.map(String) };
    }
    return { kind: "error", said: failure(fault) };
  };
  const save = async (edit: Edit, done: string): Promise<boolean> => {
    if (rota === null) return false;
    const { version, plan } = rota;
    const undo = () => void house.rota.saveRota(team, version + 1, plan).then((next) => {
      if (shown.current !== next.team) return;
      setRota(next);
      house.show(t("Der Plan ist wieder wie vorher."));
      void look(team).catch(() => undefined);
    }, (fault: unknown) => setProblem({ kind: "error", said: fault instanceof ApiError && fault.status === 409 ? t("Der Plan wurde inzwischen noch einmal geändert. Deshalb lässt sich das nicht mehr rückgängig machen.") : failure(fault) }));
    return act(() => house.rota.saveRota(team, version, edit(plan)), done, undo);
  };

  const holes = outlook?.gaps.filter(({ deputy }) => deputy === null).length ?? 0;
  const tabs: readonly { readonly id: RotaTab; readonly title: string }[] = [{ id: "week", title: t("Woche") }, { id: "gaps", title: t("Lücken") }, { id: "plan", title: t("Plan") }];
  const work: Work | null = rota === null || outlook === null ? null : { rota, outlook, name, busy, save, act, problem, forgive: () => setProblem(null) };
  return (
    <section class="pane page duty">
      <div class="duty-head">
        <ViewTitle focus="rota">{t("Dienstplan")}</ViewTitle>
        <TeamPick team={team} onPick={setTeam} />
      </div>
      {team === "" && <Notice kind="plain">{t("Sie gehören noch zu keinem Team.")}</Notice>}
      <nav class="tabs" aria-label={t("Dienstplan")}>
        {tabs.map(({ id, title }) => (
          <button key={id} type="button" aria-current={id === tab ? "page" : undefined} onClick={() => { setProblem(null); house.router.go({ section: "rota", tab: id }, "replace"); }}>
            {title}{id === "gaps" && holes > 0 && <span class="count"><span aria-hidden="true">{holes}</span><span class="spoken">{tn("{n} Lücke", "{n} Lücken", holes)}</span></span>}
          </button>
        ))}
      </nav>
      {error !== "" && <Notice>{error} <button type="button" class="link" onClick={() => void load(team)}>{t("Noch einmal versuchen")}</button></Notice>}
      {work === null && error === "" && team !== "" && <p role="status">{t("Wird geladen …")}</p>}
      {work !== null && tab === "week" && <WeekPane key={team} work={work} />}
      {work !== null && tab === "gaps" && <GapsPane work={work} />}
      {work !== null && tab === "plan" && <PlanPane key={team} work={work} />}
    </section>
  );
}

/** The problem, where the hand is: in the dialog if one is open, else in the pane. */
export function ProblemNotice({ problem }: { problem: Problem | null }) {
  if (problem === null) return null;
  if (problem.kind === "error") return <Notice>{problem.said}</Notice>;
  if (problem.kind === "faults") return <Notice>{problem.said.length === 1 ? problem.said[0] : <><b>{t("So geht der Plan noch nicht auf:")}</b><ul class="dots">{problem.said.map((one) => <li key={one}>{one}</li>)}</ul></>}</Notice>;
  return (
    <Notice>
      <b>{problem.when === "" ? t("{name} hat den Plan inzwischen geändert:", { name: problem.by }) : t("{name} hat den Plan inzwischen geändert ({when}):", { name: problem.by, when: problem.when })}</b>
      {problem.said.length > 0 && <ul class="dots">{problem.said.map((one) => <li key={one}>{one}</li>)}</ul>}
      <p>{t("Nichts ist verloren. Ihre Änderung steht noch hier. Speichern Sie noch einmal, dann kommt sie dazu.")}</p>
    </Notice>
  );
}
