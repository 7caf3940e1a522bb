/** The duty plan of a team as it is stored (intake/rota_document.py), and what the editor does with it. Pure. */
import { daysBetween, range, shortDay, weekday, weekdayShort } from "./zone.ts";
import { t, tn } from "./words.ts";

export const WEEKDAYS = ["mo", "di", "mi", "do", "fr", "sa", "so"] as const;
export type Weekday = (typeof WEEKDAYS)[number];
export type Blocks = Partial<Readonly<Record<Weekday, readonly string[]>>>;

export interface Shift {
  readonly id: string;
  readonly place: "first" | "second";
  readonly blocks: Blocks;
  /** Take turns in this order; null is a turn that nobody of the team takes. */
  readonly people: readonly (string | null)[];
  readonly since: string;
  readonly until: string | null;
  readonly weeks_each: number;
  readonly on_days_off: boolean;
}
export interface Swap { readonly shift: string; readonly day: string; readonly offered_by: string; readonly taken_by: string | null }
export interface Absence { readonly person: string; readonly first: string; readonly last: string; readonly substitute: string | null }
export interface Agreement { readonly team: string; readonly first: string; readonly last: string | null; readonly hours: Blocks | null }
export interface Plan {
  readonly night_duty: boolean;
  readonly catholic: boolean;
  readonly closures: readonly string[];
  /** "12-24" */
  readonly closed_yearly: readonly string[];
  readonly shifts: readonly Shift[];
  readonly swaps: readonly Swap[];
  readonly absences: readonly Absence[];
  readonly agreements: readonly Agreement[];
}
/** A change that can be made again on a newer plan. */
export type Edit = (plan: Plan) => Plan;

/** The times of a shift as the editor shows them: the same hours on several days are one row. */
export interface Row { readonly days: readonly boolean[]; readonly from: string; readonly to: string }

export function rowsOf(blocks: Blocks): Row[] {
  const rows = new Map<string, boolean[]>();
  WEEKDAYS.forEach((day, n) => {
    for (const span of blocks[day] ?? []) {
      const days = rows.get(span) ?? Array<boolean>(7).fill(false);
      days[n] = true;
      rows.set(span, days);
    }
  });
  return [...rows].map(([span, days]) => {
    const [from = "", to = ""] = span.split("-");
    return { days, from, to: to === "24:00" ? "00:00" : to };
  });
}

export function blocksOf(rows: readonly Row[]): Blocks {
  const blocks: Partial<Record<Weekday, string[]>> = {};
  WEEKDAYS.forEach((day, n) => {
    const spans = rows.filter(({ days }) => days[n]).map(({ from, to }) => `${from}-${to}`);
    if (spans.length > 0) blocks[day] = [...new Set(spans)].sort();
  });
  return blocks;
}

export function overMidnight({ from, to }: Pick<Row, "from" | "to">): boolean {
  return from !== "" && to !== "" && to <= from && to !== "00:00";
}

/** "Mo–Fr, So": neighbouring days are drawn together from three on. */
export function daysInWords(days: readonly boolean[]): string {
  if (days.every(Boolean)) return t("jeden Tag");
  const said: string[] = [];
  for (let n = 0; n < 7; n += 1) {
    if (!days[n]) continue;
    let end = n;
    while (end < 6 && days[end + 1]) end += 1;
    if (end - n >= 2) said.push(`${weekdayShort(n)}–${weekdayShort(end)}`);
    else for (let each = n; each <= end; each += 1) said.push(weekdayShort(each));
    n = end;
  }
  return said.join(", ");
}

/** "Mo–Fr 08:00–16:00" for each row. */
export function timesInWords(blocks: Blocks): string[] {
  return rowsOf(blocks).map((row) => `${daysInWords(row.days)} ${row.from}–${row.to === "00:00" ? "24:00" : row.to}`);
}

/** Whose turn it is on a day, before absences: the holder after swaps that fit. */
function holder(plan: Plan, shift: Shift, day: string): { person: string | null; fitting: Swap[] } {
  const turn = Math.floor(daysBetween(shift.since, day) / (7 * shift.weeks_each));
  let person = shift.people[((turn % shift.people.length) + shift.people.length) % shift.people.length] ?? null;
  const fitting: Swap[] = [];
  for (const swap of plan.swaps) {
    if (swap.shift !== shift.id || swap.day !== day || swap.offered_by !== person) continue;
    fitting.push(swap);
    if (swap.taken_by !== null) person = swap.taken_by;
  }
  return { person, fitting };
}

/** The plan without swaps that no longer belong to any turn, and how many those were. */
export function withoutOrphans(plan: Plan): { plan: Plan; dropped: number } {
  const shifts = new Map(plan.shifts.map((shift) => [shift.id, shift]));
  const swaps = plan.swaps.filter((swap) => {
    const shift = shifts.get(swap.shift);
    if (shift === undefined || swap.day < shift.since || (shift.until !== null && swap.day > shift.until)) return false;
    if ((shift.blocks[WEEKDAYS[weekday(swap.day)]!] ?? []).length === 0) return false;
    if (!shift.on_days_off && plan.closures.includes(swap.day)) return false;
    return holder(plan, shift, swap.day).fitting.includes(swap);
  });
  return { plan: { ...plan, swaps }, dropped: plan.swaps.length - swaps.length };
}

export function sameAbsence(one: Absence, other: Absence): boolean {
  return one.person === other.person && one.first === other.first && one.last === other.last;
}

type Name = (person: string) => string;

/** What somebody else has changed, in sentences. */
export function differences(before: Plan, after: Plan, name: Name): string[] {
  const said: string[] = [];
  const olds = new Map(before.shifts.map((shift) => [shift.id, JSON.stringify(shift)]));
  for (const shift of after.shifts) {
    if (!olds.has(shift.id)) said.push(t("Die Schicht „{name}“ ist neu.", { name: shift.id }));
    else if (olds.get(shift.id) !== JSON.stringify(shift)) said.push(t("Die Schicht „{name}“ ist geändert.", { name: shift.id }));
    olds.delete(shift.id);
  }
  for (const gone of olds.keys()) said.push(t("Die Schicht „{name}“ gibt es nicht mehr.", { name: gone }));
  const away = ({ person, first, last }: Absence) => ({ name: name(person), days: first === last ? shortDay(first) : range(first, last) });
  for (const one of after.absences) if (!before.absences.some((old) => sameAbsence(old, one))) said.push(t("{name} ist neu als abwesend eingetragen: {days}", away(one)));
  for (const one of before.absences) if (!after.absences.some((kept) => sameAbsence(kept, one))) said.push(t("{name} ist doch da: {days}", away(one)));
  for (const one of after.absences) {
    const old = before.absences.find((each) => sameAbsence(each, one));
    if (old !== undefined && old.substitute !== one.substitute) said.push(t("Die Vertretung von {name} ist geändert: {days}", away(one)));
  }
  const swaps = (plan: Plan) => new Map(plan.swaps.map((swap) => [`${swap.shift} ${swap.day} ${swap.offered_by}`, swap]));
  const [sooner, now] = [swaps(before), swaps(after)];
  for (const [key, swap] of now) {
    const old = sooner.get(key);
    if (old === undefined) said.push(t("{name} möchte tauschen: {day}", { name: name(swap.offered_by), day: shortDay(swap.day) }));
    if (swap.taken_by !== null && old?.taken_by !== swap.taken_by) said.push(t("{name} übernimmt einen Dienst: {day}", { name: name(swap.taken_by), day: shortDay(swap.day) }));
  }
  const withdrawn = [...sooner.keys()].filter((key) => !now.has(key)).length;
  if (withdrawn > 0) said.push(tn("Ein Tausch ist zurückgezogen.", "{n} Tausche sind zurückgezogen.", withdrawn));
  const differ = (part: (plan: Plan) => unknown) => JSON.stringify(part(before)) !== JSON.stringify(part(after));
  if (differ((plan) => [plan.closures, plan.closed_yearly])) said.push(t("Die Schließtage sind geändert."));
  if (before.night_duty !== after.night_duty) said.push(after.night_duty ? t("Der Nachtdienst ist eingeschaltet.") : t("Der Nachtdienst ist ausgeschaltet."));
  if (before.catholic !== after.catholic) said.push(t("Die katholischen Feiertage sind geändert."));
  if (differ((plan) => plan.agreements)) said.push(t("Das Vertretungsteam ist geändert."));
  return said;
}

/** What a person may see wrong before sending: the server checks all of it again. */
export function shiftFaults(shift: Shift, rows: readonly Row[], others: readonly Shift[]): string[] {
  const said: string[] = [];
  if (shift.id === "") said.push(t("Die Schicht braucht einen Namen, zum Beispiel „Tag“."));
  else if (others.some(({ id }) => id === shift.id)) said.push(t("Eine Schicht mit diesem Namen gibt es schon."));
  if (rows.length === 0 || rows.every(({ days }) => !days.some(Boolean))) said.push(t("Bitte wählen Sie mindestens einen Tag."));
  else if (rows.some(({ days }) => !days.some(Boolean))) said.push(t("Eine Zeit hat noch keinen Tag."));
  if (rows.some(({ from, to }) => from === "" || to === "")) said.push(t("Bei einer Zeit fehlt Anfang oder Ende."));
  if (shift.people.length === 0) said.push(t("In dieser Schicht steht niemand. Bitte tragen Sie mindestens eine Person ein."));
  if (shift.since === "") said.push(t("Ab wann gilt die Schicht?"));
  if (shift.until !== null && shift.until < shift.since) said.push(t("Die Schicht endet vor ihrem Beginn."));
  return said;
}
