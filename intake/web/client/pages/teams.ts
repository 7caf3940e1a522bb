/** Who will read it, drawn from the signed directory. */
import type { Candidate, Directory, Found, Team } from "../lib/sealing.ts";
import { button, make, pick, say, template, texts } from "./page.ts";

const FEW = 4;

/** What the person may choose. A team that breaks the wish for non-state ones is only named: the wish is taken back by hand or not at all. */
export function choosable({ candidates, alternatives }: Found): Candidate[] {
  return [...candidates, ...alternatives.filter(({ reason }) => reason !== "breaks_only_civil")];
}

export function answerTime(team: Team): string {
  return team.answer_working_days === 1 ? say("day") : say("days", { n: team.answer_working_days });
}

function languages(team: Team): string {
  const names = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
  return team.languages.map((code) => names.of(code) ?? code).join(", ");
}

export function kindOf(directory: Directory, team: Team): string {
  return texts.kinds[directory.carrierOf(team).kind]![0];
}

function reasonOf(directory: Directory, { reason, standsInFor }: Candidate): string {
  return standsInFor ? say("deputy", { team: directory.team(standsInFor).name }) : (texts.reasons[reason] ?? "");
}

/** The card of one team. `notThis` is what the last button does: no carrier is forced on anybody. */
export function teamCard(directory: Directory, candidate: Candidate, notThis: (() => void) | null): HTMLElement {
  const team = directory.team(candidate.team);
  const carrier = directory.carrierOf(team);
  const bound = Number(carrier.legality_principle) as 0 | 1;
  const card = template("t-team");
  const put = (field: string, text: string): HTMLElement => {
    const element = card.querySelector<HTMLElement>(`[data-f=${field}]`)!;
    element.textContent = text;
    return element;
  };
  put("name", team.name);
  put("kind", texts.kinds[carrier.kind]![0]).className = carrier.kind;
  put("duty", texts.duty[bound]).className = bound ? "yes" : "";
  put("carrier", carrier.name);
  put("meaning", `${texts.kinds[carrier.kind]![1]} ${texts.duties[bound]}`);
  put("answer", answerTime(team));
  put("languages", languages(team));
  const why = reasonOf(directory, candidate);
  if (why) put("why", why);
  else card.querySelector("[data-f=why]")!.parentElement!.remove();
  const not = put("not", say("not_carrier"));
  if (notThis) not.addEventListener("click", notThis);
  else not.remove();
  return card;
}

/** Teams to choose from, with what sets them apart; a long list begins short. */
export function teamList(directory: Directory, options: readonly Candidate[], chosen: string | null, onChoose: (candidate: Candidate) => void): HTMLElement {
  const rows = options.map((candidate) => {
    const team = directory.team(candidate.team);
    const carrier = directory.carrierOf(team);
    const hints = [`${kindOf(directory, team)} · ${carrier.name}`, carrier.legality_principle ? texts.duty[1] : "", reasonOf(directory, candidate)];
    return pick("radio", "team", candidate.team === chosen, team.name, hints, () => onChoose(candidate));
  });
  const rest = rows.slice(FEW);
  if (rest.length < 2) return make("div", "picks", ...rows);
  for (const row of rest) row.hidden = true;
  const more = button("link", say("more_teams", { n: rest.length }), () => {
    for (const row of rest) row.hidden = false;
    more.remove();
    rest[0]!.querySelector("input")!.focus();
  });
  return make("div", "picks", ...rows, more);
}
