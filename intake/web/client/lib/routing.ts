/**
 * Looks up who is responsible in the compiled table of the signed directory. The same steps as intake/routing.py, proved with
 * tests/vectors/routing.json. The place never leaves the browser.
 */
import { integer, list, object, oneOf, record, text, tuple } from "./schema.ts";

const index = integer(0, 100_000);
const id = text(100, 1);
export const CARRIER_KINDS = ["state", "civil", "mixed"] as const;
export type CarrierKind = (typeof CARRIER_KINDS)[number];
export const carrierKind = oneOf(CARRIER_KINDS);

export const routingReader = object({
  phenomena: list(id, 50),
  roles: list(id, 20),
  teams: list(tuple(id, id, carrierKind), 5000),
  reasons: list(id, 50),
  first_alternative: index,
  lists: list(list(index, 5000), 20_000),
  profiles: list(list(index, 1000), 2000),
  places: record(/^(DE[A-Z0-9]{1,3})?$/, index, 2000),
  deputies: list(tuple(index, index), 5000),
  signposts: list(tuple(id, list(id, 20), list(id, 20)), 2000),
});
export type Routing = ReturnType<typeof routingReader>;

export interface Question {
  /** NUTS-3 code of a Kreis, a Land ("DE8"), or null: nothing said */
  readonly kreis: string | null;
  /** empty means "unknown" */
  readonly phenomena: readonly string[];
  /** exit, relative, professional, own_concern; "violence" leads to signposts only */
  readonly role: string;
  readonly onlyCivil?: boolean;
  readonly notCarriers?: readonly string[];
  /** ids of teams that are closed today (Directory.closedOn) */
  readonly closed?: readonly string[];
}

export interface Candidate {
  readonly team: string;
  /** one of Routing.reasons, "closed", or "breaks_only_civil" */
  readonly reason: string;
  /** the closed team whose deputy this is */
  readonly standsInFor: string | null;
}

export interface Found {
  /** best first; the first may be chosen for the person */
  readonly candidates: readonly Candidate[];
  /** to be chosen by the person alone */
  readonly alternatives: readonly Candidate[];
  /** ids of places that only give advice, best first */
  readonly signposts: readonly string[];
}

export class QuestionUnknown extends Error {
  constructor(readonly what: "place" | "role" | "phenomenon") {
    super(`unknown ${what}`);
  }
}

export function lookUp(routing: Routing, question: Question): Found {
  const place = question.kreis ?? "";
  const number = own(routing.places, place) ?? own(routing.places, place.slice(0, 3));
  const profile = number === undefined ? undefined : routing.profiles[number];
  if (!profile) throw new QuestionUnknown("place");
  const signposts = signpostsFor(routing, question.role, place.slice(0, 3));
  if (question.role === VIOLENCE) return { candidates: [], alternatives: [], signposts };

  const chosen = [...new Set(question.phenomena.length > 0 ? question.phenomena : ["unknown"])];
  const lists = chosen.map((phenomenon) => {
    const row = routing.phenomena.indexOf(phenomenon);
    if (row < 0) throw new QuestionUnknown("phenomenon");
    return routing.lists[profile[row * routing.roles.length + routing.roles.indexOf(question.role)]!]!;
  });

  const { candidates, others, shut } = ask(routing, lists, question, question.onlyCivil ?? false);
  const listed = new Set(candidates.map(({ team }) => team));
  const broken = question.onlyCivil ? ask(routing, lists, question, false).candidates.map((candidate) => ({ ...candidate, reason: BREAKS_ONLY_CIVIL })) : [];
  const alternatives = [...others, ...shut, ...broken].filter(({ team }) => !listed.has(team) && listed.add(team));
  return { candidates, alternatives, signposts };
}

const VIOLENCE = "violence";
const CLOSED = "closed";
const BREAKS_ONLY_CIVIL = "breaks_only_civil";

function own(places: Readonly<Record<string, number>>, place: string): number | undefined {
  return Object.prototype.hasOwnProperty.call(places, place) ? places[place] : undefined;
}

/** Ranked candidates, alternatives, and candidates that are closed without a deputy. */
function ask(routing: Routing, lists: readonly (readonly number[])[], question: Question, onlyCivil: boolean): { candidates: Candidate[]; others: Candidate[]; shut: Candidate[] } {
  const closed = new Set(question.closed ?? []);
  const deputies = new Map(routing.deputies);
  const idOf = (team: number): string => routing.teams[team]![0];
  const fits = (team: number): boolean => {
    const [, carrier, kind] = routing.teams[team]!;
    return !(onlyCivil && kind !== "civil") && !(question.notCarriers ?? []).includes(carrier);
  };
  const score = new Map<string, { named: number; sum: number; rank: number; entry: Candidate }>();
  const others: Candidate[] = [];
  const shut: Candidate[] = [];
  for (const entries of lists) {
    const seen = new Set<number>();
    let rank = 0;
    for (let i = 0; i + 1 < entries.length; i += 2) {
      const [team, reason] = [entries[i]!, entries[i + 1]!];
      const isCandidate = reason < routing.first_alternative;
      const open = openTeam(team, (step) => closed.has(idOf(step)), deputies);
      if (open === undefined) {
        if (isCandidate && fits(team)) shut.push({ team: idOf(team), reason: CLOSED, standsInFor: null });
        continue;
      }
      if (seen.has(open) || !fits(open)) continue;
      seen.add(open);
      const entry: Candidate = { team: idOf(open), reason: routing.reasons[reason]!, standsInFor: open === team ? null : idOf(team) };
      if (!isCandidate) {
        others.push(entry);
        continue;
      }
      const known = score.get(entry.team);
      if (!known) score.set(entry.team, { named: 1, sum: rank, rank, entry });
      else {
        known.named += 1;
        known.sum += rank;
        if (rank < known.rank) Object.assign(known, { rank, entry });
      }
      rank += 1;
    }
  }
  // The statewide network knows every topic: it must not overtake the team next door. Map keeps the order of first appearance, sort is stable.
  const last = ({ entry }: { entry: Candidate }): number => Number(entry.reason === "statewide_network");
  const ranked = [...score.values()].sort((a, b) => last(a) - last(b) || b.named - a.named || a.sum - b.sum);
  return { candidates: ranked.map(({ entry }) => entry), others, shut };
}

/** The team itself, or the first deputy along the chain who is not closed. */
function openTeam(team: number, isClosed: (team: number) => boolean, deputies: ReadonlyMap<number, number>): number | undefined {
  const passed = new Set<number>();
  let step: number | undefined = team;
  while (step !== undefined && isClosed(step)) {
    if (passed.has(step)) return undefined;
    passed.add(step);
    step = deputies.get(step);
  }
  return step;
}

/** Those of the person's own Land first, then those for everywhere. */
function signpostsFor(routing: Routing, role: string, land: string): string[] {
  if (role !== VIOLENCE && !routing.roles.includes(role)) throw new QuestionUnknown("role");
  const near = routing.signposts.filter(([, audience, lands]) => audience.includes(role) && land !== "" && lands.includes(land));
  const far = routing.signposts.filter((signpost) => signpost[1].includes(role) && !near.includes(signpost) && (signpost[2].length === 0 || land === ""));
  return [...near, ...far].map(([id]) => id);
}
