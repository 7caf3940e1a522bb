/** The person's rights: what is stored about them, and all of it to take along. Made from what is open here; nothing is asked or sent. */
import type { Mailbox } from "../lib/sealing.ts";
import { byId, make, say, spoken, texts } from "./page.ts";

/** What is stored, line by line. */
export function drawRights(open: Mailbox): void {
  const rows: [string, string][] = [
    [say("rights_letters"), say("rights_sealed", { n: open.entries.length, team: open.team?.name ?? say("team") })],
    [say("rights_who"), open.team === null ? "" : `${open.team.name}, ${open.directory.carrierOf(open.team).name}`],
    [say("rights_until"), open.eraseOn ? spoken(open.eraseOn) : ""],
  ];
  byId("rechte-liste").replaceChildren(...rows.flatMap(([name, value]) => (value ? [make("div", "", make("dt", "", name), make("dd", "", value))] : [])));
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
