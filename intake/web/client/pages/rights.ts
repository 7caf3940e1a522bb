/** The person's rights: what is stored about them, and all of it to take along. Made from what is open here; nothing is asked or sent. */
import type { Counselling, Mailbox } from "../lib/sealing.ts";
import { byId, make, say, spoken, texts } from "./page.ts";

/** What is stored, line by line. */
export function drawRights(open: Mailbox): void {
  const rows: [string, string][] = [
    [say("rights_letters"), say("rights_sealed", { n: open.entries.length, team: open.team?.name ?? say("team") })],
    [say("rights_who"), open.team === null ? "" : `${open.team.name}, ${open.directory.carrierOf(open.team).name}`],
    ...(open.counselling === null ? [] : counselling(open.counselling)),
    [say("rights_until"), open.eraseOn ? spoken(open.eraseOn) : ""],
  ];
  byId("rechte-liste").replaceChildren(...rows.flatMap(([name, value]) => (value ? [make("div", "", make("dt", "", name), make("dd", "", value))] : [])));
}

/** What is recorded of a counselling: the same sentences as without a script (intake/web/wording.py, told). */
function counselling(found: Counselling): [string, string][] {
  const { kind, mandate, state, agreement, review_on, companions, interval_days, sheets, kept_until } = found;
  const said = [say(`case_${kind}`)];
  if (mandate !== null) said.push(say(`case_${mandate}`));
  if (state !== "open") said.push(say(`case_${state}`));
  if (agreement !== "none") said.push(say(`case_${agreement}`));
  if (review_on !== null) said.push(say("case_review", { day: spoken(review_on) }));
  if (state !== "ended") said.push(say("case_companions", { n: companions }), interval_days === null ? say("case_as_needed") : say("case_interval", { n: interval_days }));
  const rows: [string, string][] = [[say("case"), said.join(" ")]];
  if (sheets > 0) rows.push([say("case_papers"), say("case_sheets", { n: sheets })]);
  if (kept_until !== null) rows.push([say("case_longer"), say("case_kept", { day: spoken(kept_until) })]);
  return rows;
}

/** The whole conversation as a plain text file, made in this browser. */
export function takeAlong(open: Mailbox): void {
  const lines = open.entries.map(({ author, day, trust, text, team }) => {
    const from = author === "person" ? say("you") : (team?.name ?? say("team"));
    const words = trust === "genuine" ? text : (texts.faults[trust === "forged" ? "signature_forged" : "envelope_unreadable"] ?? "");
    return `${from}, ${spoken(day)}\n\n${words}\n`;
  });
  const address = URL.createObjectURL(new Blob([lines.join("\n---\n\n")], { type: "text/plain;charset=utf-8" }));
  Object.assign(document.createElement("a"), { href: address, download: say("rights_file") }).click();
  URL.revokeObjectURL(address);
}
