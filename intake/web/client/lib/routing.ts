/**
 * Looks up who is responsible in the compiled table of the signed directory. The same steps as intake/routing.py, proved with
 * tests/vectors/routing.json. The place never leaves the browser.
 */
import { integer, list, object, oneOf, type Reader, record, text } from "./schema.ts";

const index = integer(0, 100_000);
const id = text(100, 1);
const pair: Reader<[string, string]> = (value) => {
  const both = list(id, 2)(value);
  return [both[0]!, both[1]!];
};
const team: Reader<[string, string, CarrierKind]> = (value) => {
  const row = list((x: unknown) => x, 3)(value);
  return [id(row[0]), id(row[1]), carrierKind(row[2])];
};
const signpost: Reader<[string, string[], string[]]> = (value) => {
  const row = list((x: unknown) => x, 3)(value);
  return [id(row[0]), list(id, 20)(row[1]), list(id, 20)(row[2])];
};

export const CARRIER_KINDS = ["state", "civil", "mixed"] as const;
export type CarrierKind = (typeof CARRIER_KINDS)[number];
export const carrierKind = oneOf(CARRIER_KINDS);

export const routingReader = object({
  phenomena: list(id, 50),
  roles: list(id, 20),
  teams: list(team, 5000),
  reasons: list(id, 50),
  first_alternative: index,
  lists: list(list(index, 5000), 20_000),
  profiles: list(list(index, 1000), 2000),
  places: record(/^(DE[A-Z0-9]{1,3})?$/, index, 2000),
  deputies: list(pair, 5000),
  signposts: list(signpost, 2000),
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

interface Entry {
  readonly team: string;
  readonly reason: number;
  readonly standsInFor: string | null;
}

interface Filtered {
  readonly lists: readonly (readonly Entry[])[];
  readonly shut: ReadonlySet<string>;
}

export function lookUp(routing: Routing, question: Question): Found {
  const violence = question.role === "violence";
  if (!violence && !routing.roles.includes(question.role)) throw new QuestionUnknown("role");
  const wanted = [...new Set(question.phenomena.length > 0 ? question.phenomena : ["unknown"])];
  if (!wanted.every((phenomenon) => routing.phenomena.includes(phenomenon))) throw new QuestionUnknown("phenomenon");
  const place = question.kreis ?? "";
  const profileIndex = routing.places[place] ?? routing.places[place.slice(0, 3)];
  if (profileIndex === undefined || (place !== "" && place.length < 3)) throw new QuestionUnknown("place");

  const signposts = signpostsFor(routing, question.role, place.slice(0, 3));
  if (violence) return { candidates: [], alternatives: [], signposts };

  const role = routing.roles.indexOf(question.role);
  const profile = routing.profiles[profileIndex]!;
  const lists = wanted.map((phenomenon) => routing.lists[profile[routing.phenomena.indexOf(phenomenon) * routing.roles.length + role]!]!);

  const wished = filter(routing, question, lists, question.onlyCivil ?? false);
  const candidates = rank(routing, wished.lists);
  const taken = new Set(candidates.map((candidate) => candidate.team));
  const alternatives: Candidate[] = [];
  const offer = (candidate: Candidate): void => {
    if (taken.has(candidate.team)) return;
    taken.add(candidate.team);
    alternatives.push(candidate);
  };
  for (const entry of wished.lists.flat()) {
    if (entry.reason >= routing.first_alternative) offer({ team: entry.team, reason: routing.reasons[entry.reason]!, standsInFor: entry.standsInFor });
  }
  for (const team of wished.shut) offer({ team, reason: "closed", standsInFor: null });
  if (question.onlyCivil) {
    for (const candidate of rank(routing, filter(routing, question, lists, false).lists)) offer({ ...candidate, reason: "breaks_only_civil" });
  }
  return { candidates, alternatives, signposts };
}

/** Step 2: closed teams give way to their deputies, then the hard wishes are applied. */
function filter(routing: Routing, question: Question, lists: readonly number[][], onlyCivil: boolean): Filtered {
  const closed = new Set(question.closed ?? []);
  const excluded = new Set(question.notCarriers ?? []);
  const deputies = new Map(routing.deputies);
  const facts = new Map(routing.teams.map(([team, carrier, kind]) => [team, { carrier, kind }]));
  const allowed = (team: string): boolean => {
    const fact = facts.get(team);
    return fact !== undefined && !excluded.has(fact.carrier) && (!onlyCivil || fact.kind === "civil");
  };
  const shut = new Set<string>();
  const filtered = lists.map((row) => {
    const entries: Entry[] = [];
    const seen = new Set<string>();
    for (let i = 0; i + 1 < row.length; i += 2) {
      const named = routing.teams[row[i]!]![0];
      const open = openTeam(named, closed, deputies);
      if (open === null) {
        if (allowed(named)) shut.add(named);
        continue;
      }
      if (!allowed(open) || seen.has(open)) continue;
      seen.add(open);
      entries.push({ team: open, reason: row[i + 1]!, standsInFor: open === named ? null : named });
    }
    return entries;
  });
  return { lists: filtered, shut };
}

function openTeam(team: string, closed: ReadonlySet<string>, deputies: ReadonlyMap<string, string>): string | null {
  const visited = new Set<string>();
  let current: string | undefined = team;
  while (current !== undefined && closed.has(current)) {
    if (visited.has(current)) return null;
    visited.add(current);
    current = deputies.get(current);
  }
  return current ?? null;
}

/** Step 3: teams named for more of the chosen phenomena first, then those named earlier. */
function rank(routing: Routing, lists: readonly (readonly Entry[])[]): Candidate[] {
  const score = new Map<string, { named: number; sum: number; best: number; entry: Entry }>();
  for (const entries of lists) {
    entries
      .filter((entry) => entry.reason < routing.first_alternative)
      .forEach((entry, position) => {
        const known = score.get(entry.team);
        if (!known) score.set(entry.team, { named: 1, sum: position, best: position, entry });
        else {
          known.named += 1;
          known.sum += position;
          if (position < known.best) {
            known.best = position;
            known.entry = entry;
          }
        }
      });
  }
  // Map keeps the order of first appearance and the sort is stable.
  return [...score.values()]
    .sort((a, b) => b.named - a.named || a.sum - b.sum)
    .map(({ entry }) => ({ team: entry.team, reason: routing.reasons[entry.reason]!, standsInFor: entry.standsInFor }));
}

/** Step 5. */
function signpostsFor(routing: Routing, role: string, land: string): string[] {
  const fitting = routing.signposts.filter(([, audience, lands]) => audience.includes(role) && (lands.length === 0 || land === "" || lands.includes(land)));
  const own = fitting.filter(([, , lands]) => lands.includes(land));
  return [...own, ...fitting.filter((signpost) => !own.includes(signpost))].map(([name]) => name);
}
