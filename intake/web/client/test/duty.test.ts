/** The duty plan's pure parts: local days and the nights in which clocks are changed, times as rows, swaps that fit, what changed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { replyInWords } from "../console/alerts.ts";
import { blocksOf, daysInWords, differences, overMidnight, type Plan, rowsOf, type Shift, shiftFaults, timesInWords, withoutOrphans } from "../console/plan.ts";
import { clockChange, dateOf, daysBetween, later, monday, range, span, timeOf, weekNumber } from "../console/zone.ts";

const day: Shift = { id: "Tag", place: "first", blocks: { mo: ["08:00-16:00"], di: ["08:00-16:00"] }, people: ["mira", "jonas"], since: "2026-11-02", until: null, weeks_each: 1, on_days_off: false };
const plan: Plan = { night_duty: false, catholic: false, closures: [], closed_yearly: [], shifts: [day], swaps: [], absences: [], agreements: [] };
const name = (id: string) => id;

test("instants are told in the teams' zone, whatever the phone believes", () => {
  assert.equal(dateOf("2026-11-22T23:30Z"), "2026-11-23");
  assert.equal(timeOf("2026-11-22T23:30Z"), "00:30");
  assert.equal(timeOf("2026-07-01T22:15Z"), "00:15");
});

test("a night is a span, a weekend names its end, midnight is 24:00", () => {
  assert.equal(span("2026-11-23T07:00Z", "2026-11-23T15:00Z"), "08:00–16:00");
  assert.equal(span("2026-11-23T19:00Z", "2026-11-24T07:00Z"), "20:00–08:00");
  assert.equal(span("2026-11-23T19:00Z", "2026-11-23T23:00Z"), "20:00–24:00");
  assert.equal(span("2026-11-27T19:00Z", "2026-11-30T07:00Z").startsWith("20:00 – Mo"), true);
  assert.equal(span("2026-11-23T07:00Z", "2026-11-24T07:00Z"), "08:00–08:00");
});

test("both nights in which the clocks change are told, no other", () => {
  assert.equal(clockChange("2026-10-24T18:00Z", "2026-10-25T07:00Z"), 1); // 20:00 to 08:00, 13 hours
  assert.equal(clockChange("2027-03-27T19:00Z", "2027-03-28T06:00Z"), -1);
  assert.equal(clockChange("2026-11-23T19:00Z", "2026-11-24T07:00Z"), 0);
});

test("days are counted over clock changes, years and 29 February", () => {
  assert.equal(later("2026-10-24", 1), "2026-10-25");
  assert.equal(later("2027-03-27", 2), "2027-03-29");
  assert.equal(later("2028-02-28", 1), "2028-02-29");
  assert.equal(daysBetween("2027-03-01", "2027-04-01"), 31);
  assert.equal(monday("2026-11-22"), "2026-11-16");
  assert.deepEqual(["2026-01-01", "2026-12-31", "2027-01-01", "2027-01-04", "2028-02-29"].map(weekNumber), [1, 53, 53, 1, 9]);
  assert.equal(range("2026-11-23", "2026-11-23"), "23. Nov.");
  assert.equal(range("2026-11-23", "2026-11-29"), "23. – 29. Nov.");
});

test("times become rows and rows become times", () => {
  const blocks = { mo: ["08:00-12:00", "13:00-16:00"], di: ["08:00-12:00"], sa: ["20:00-24:00"] };
  const rows = rowsOf(blocks);
  assert.equal(rows.length, 3);
  assert.deepEqual(blocksOf(rows), { ...blocks, sa: ["20:00-00:00"] }); // the same span: 24:00 is understood as 00:00
  assert.deepEqual(timesInWords(blocks), ["Mo, Di 08:00–12:00", "Mo 13:00–16:00", "Sa 20:00–24:00"]);
  assert.equal(overMidnight({ from: "20:00", to: "08:00" }), true);
  assert.equal(overMidnight({ from: "20:00", to: "00:00" }), false);
  assert.equal(daysInWords([true, true, true, true, true, false, true]), "Mo–Fr, So");
  assert.equal(daysInWords(Array<boolean>(7).fill(true)), "jeden Tag");
});

test("swaps that belong to nobody's turn any more are dropped, the others stay", () => {
  const kept = { shift: "Tag", day: "2026-11-09", offered_by: "jonas", taken_by: null }; // second week: jonas
  const chain = { shift: "Tag", day: "2026-11-16", offered_by: "mira", taken_by: "jonas" };
  const on = { shift: "Tag", day: "2026-11-16", offered_by: "jonas", taken_by: null }; // offered on by the one who took it
  const wrong = { shift: "Tag", day: "2026-11-10", offered_by: "mira", taken_by: null };
  const noDay = { shift: "Tag", day: "2026-11-11", offered_by: "jonas", taken_by: null };
  const gone = { shift: "Abend", day: "2026-11-09", offered_by: "jonas", taken_by: null };
  const found = withoutOrphans({ ...plan, swaps: [kept, chain, on, wrong, noDay, gone] });
  assert.deepEqual(found.plan.swaps, [kept, chain, on]);
  assert.equal(found.dropped, 3);
});

test("what a colleague changed is told in sentences, and nothing else is", () => {
  assert.deepEqual(differences(plan, plan, name), []);
  const after: Plan = {
    ...plan, night_duty: true, closures: ["2026-12-24"],
    shifts: [{ ...day, weeks_each: 2 }, { ...day, id: "Nacht" }],
    absences: [{ person: "mira", first: "2026-11-23", last: "2026-11-24", substitute: null }],
    swaps: [{ shift: "Tag", day: "2026-11-09", offered_by: "jonas", taken_by: "mira" }],
  };
  assert.deepEqual(differences(plan, after, name), [
    "Die Schicht „Tag“ ist geändert.", "Die Schicht „Nacht“ ist neu.", "mira ist neu als abwesend eingetragen: 23. – 24. Nov.",
    "jonas möchte tauschen: 9. Nov.", "mira übernimmt einen Dienst: 9. Nov.", "Die Schließtage sind geändert.", "Der Nachtdienst ist eingeschaltet.",
  ]);
  assert.deepEqual(differences(after, plan, name).slice(0, 3), ["Die Schicht „Tag“ ist geändert.", "Die Schicht „Nacht“ gibt es nicht mehr.", "mira ist doch da: 23. – 24. Nov."]);
});

test("a shift that cannot work is told before anything is sent", () => {
  const blank: Shift = { ...day, id: "", people: [], blocks: {}, since: "2026-11-02", until: "2026-11-01" };
  assert.equal(shiftFaults(blank, [], []).length, 4);
  assert.deepEqual(shiftFaults(day, rowsOf(day.blocks), [day]), ["Eine Schicht mit diesem Namen gibt es schon."]);
  assert.deepEqual(shiftFaults(day, rowsOf(day.blocks), []), []);
});

test("every reply to an answer is a sentence", () => {
  for (const reply of ["yours", "paused", "passed_on", "confirmed", "taken", "old_round", "over", "foreign", "no_more_pause", "not_owner"] as const) {
    for (const until of [null, "2026-11-22T04:30Z"]) {
      const said = replyInWords({ reply, owner: "Jonas", until, reference: { words: ["Kranich", "Laterne"], number: "4711" }, mailbox: null });
      assert.match(said, /^[A-ZÄÖÜ].*\.$/);
      assert.doesNotMatch(said, /[{}]|undefined/);
    }
  }
});
