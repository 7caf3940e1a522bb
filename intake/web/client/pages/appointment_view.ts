/** The planned contact in an opened mailbox: when it is, where and how, another time, leaving it out, more or less often; a calendar file only if wanted. */
import type { Mailbox, Planned, PlannedTime } from "../lib/sealing.ts";
import { timeName } from "./call_form.ts";
import { byId, faultSentence, make, once, say, tell } from "./page.ts";

const box = byId("termin");
const choice = byId<HTMLSelectElement>("termin-wahl");

export function drawAppointment({ appointment }: Mailbox): void {
  box.hidden = appointment === null;
  if (appointment === null) return;
  const { coming, wish, choices, interval_days: days, place } = appointment;
  const [next, ...after] = coming;
  byId("termin-lage").textContent = next ? say(appointment.phase === "open" ? "ap_was" : "ap_next", { when: timeName(next) }) : say("ap_none");
  byId("termin-danach").replaceChildren(
    ...(wish ? [make("p", "", say("ap_wish", { when: timeName(wish) }))] : []),
    ...(after.length > 0 ? [make("p", "soft", say("ap_after", { days: after.map(timeName).join(" · ") }))] : []),
    make("p", "soft", days === null ? say("ap_needed") : say(days === 1 ? "ap_daily" : "ap_every", { n: days })),
  );
  const where = byId("termin-wo");
  where.replaceChildren(...place.map((text) => make("p", "", text)));
  for (const line of where.children) line.setAttribute("dir", "auto");
  const standing = next !== undefined && appointment.phase !== "open";
  byId("termin-anders").hidden = !standing || choices.length === 0;
  choice.replaceChildren(...choices.map((time) => new Option(timeName(time), time.at)));
  byId("termin-aus").hidden = !standing;
  byId("termin-datei").hidden = !standing;
  byId("termin-seltener").hidden = days === null;
  tell(byId("termin-fehler"));
}

/** `current` gives the opened mailbox, `changed` draws it anew. */
export function watchAppointment(current: () => Mailbox | null, changed: () => void): void {
  const act = (id: string, work: (mailbox: Mailbox, planned: Planned) => Promise<void>, done: string) =>
    once(byId<HTMLButtonElement>(id), async () => {
      const mailbox = current();
      if (!mailbox?.appointment) return;
      const status = byId("termin-stand");
      status.textContent = "";
      try {
        await work(mailbox, mailbox.appointment);
        changed();
        status.textContent = say(done);
      } catch (error) {
        tell(byId("termin-fehler"), faultSentence(error));
      }
    });
  act("termin-vorschlagen", (mailbox, { number }) => mailbox.proposeTime(number, choice.value), "ap_proposed");
  act("termin-aus", (mailbox, { number }) => mailbox.skipAppointment(number), "ap_skipped");
  act("termin-oefter", (mailbox) => mailbox.paceContact(true), "ap_paced");
  act("termin-seltener", (mailbox) => mailbox.paceContact(false), "ap_paced");
  byId("termin-datei").addEventListener("click", () => {
    const next = current()?.appointment?.coming[0];
    if (next) byId("termin-datei").after(calendarFile(next));
  });
}

/** Made here, from the time alone: whoever looks into the calendar finds a word that says nothing. */
function calendarFile(time: PlannedTime): HTMLElement {
  const start = time.at.replace(/[-:]/g, "").replace("Z", "00Z");
  const lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//-//-//DE", "BEGIN:VEVENT", `UID:${crypto.randomUUID()}`, `DTSTAMP:${start}`, `DTSTART:${start}`, "DURATION:PT1H", `SUMMARY:${say("ap_title")}`, "CLASS:PRIVATE", "END:VEVENT", "END:VCALENDAR", ""];
  const link = make("a", "") as HTMLAnchorElement;
  link.href = URL.createObjectURL(new Blob([lines.join("\r\n")], { type: "text/calendar" }));
  link.download = "termin.ics";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return make("p", "soft", say("ap_saved"));
}
