// entry: /antworten, the way back with the eight words
import { isClientError, ready } from "../lib/load.ts";
import { forgetCall, numberTyped } from "./call_form.ts";
import { drawAppointment, watchAppointment } from "./appointment_view.ts";
import { drawCall, watchCallView } from "./call_view.ts";
import type { Entry, Handover, Mailbox, ReturnCodeUnclear } from "../lib/sealing.ts";
import { soundsDangerous } from "./danger.ts";
import { onLeave, watchExit } from "./exit.ts";
import { button, byId, faultSentence, focusHeading, guard, make, once, say, spoken, tell, template, texts } from "./page.ts";
import { drawRights, takeAlong } from "./rights.ts";
import { choosable, teamList } from "./teams.ts";

const code = byId<HTMLTextAreaElement>("code");
const more = byId<HTMLTextAreaElement>("mehr");
const rooms = [byId("tuer"), byId("zimmer"), byId("leer")];
let mailbox: Mailbox | null = null;

function enter(name: "tuer" | "zimmer" | "leer"): void {
  for (const section of rooms) section.hidden = section.id !== name;
  focusHeading(byId(name));
}

// --- the door: eight words

/** While typing: how many words are understood, and what an unknown one may have meant. The last word may still be growing. */
async function understand(final: boolean): Promise<void> {
  const { sealing } = await ready();
  const state = byId("code-stand");
  const hints: HTMLElement[] = [];
  state.textContent = "";
  try {
    if (code.value.trim()) sealing.parseCode(code.value);
    else return byId("code-hilfe").replaceChildren();
    state.textContent = say("words_all");
  } catch (error) {
    const { problems, count } = error as ReturnCodeUnclear;
    if (!problems) throw error;
    const growing = !final && !/\s$/.test(code.value);
    const told = problems.filter(({ position }) => !(growing && position === count - 1));
    state.textContent = count > 8 ? say("words_many") : say("words_left", { n: count - problems.length });
    for (const { given, suggestions } of told.slice(0, 4)) hints.push(wordHint(given, suggestions));
  }
  byId("code-hilfe").replaceChildren(...hints);
}

function wordHint(given: string, suggestions: readonly string[]): HTMLElement {
  const buttons = suggestions.map((word) =>
    button("button", word, () => {
      // The same tolerant splitting as the code itself; the typed word is replaced where it stands.
      const parts = code.value.split(/([^\p{L}\p{M}]+)/u);
      const place = parts.findIndex((part) => part.toLowerCase().startsWith(given.slice(0, 2)) && simple(part) === given);
      if (place >= 0) parts[place] = word;
      code.value = parts.join("");
      code.focus();
      void understand(true);
    }),
  );
  return make("div", "kind", make("p", "", say(buttons.length ? "word_meant" : "word_unknown", { word: given })), ...(buttons.length ? [make("div", "row", ...buttons)] : []));
}

const simple = (word: string): string =>
  word.toLowerCase().replace(/ä/g, "ae").replace(/ö/g, "oe").replace(/ü/g, "ue").replace(/ß/g, "ss").normalize("NFD").replace(/[\u0300-\u036f]/g, "");

async function open(): Promise<void> {
  const state = byId("tuer-stand");
  const fault = byId("tuer-fehler");
  tell(fault);
  try {
    const { sealing, directory } = await ready();
    state.textContent = say("opening");
    mailbox = await sealing.openMailbox(directory, code.value);
    code.value = "";
    await understand(true);
    state.textContent = "";
    draw(mailbox);
    enter("zimmer");
  } catch (error) {
    state.textContent = "";
    if (isClientError(error, "code_unclear")) {
      await understand(true);
      tell(fault, texts.faults["code_unclear"]);
      code.focus();
    } else tell(fault, faultSentence(error), ...(isClientError(error, "mailbox_missing") ? [await asRead()] : []));
  }
}

/** A slip may spell another word of the list; only the person's eye can find that. */
async function asRead(): Promise<HTMLElement> {
  const { sealing } = await ready();
  return make("p", "", say("read_as", { words: sealing.parseCode(code.value).join(" ") }));
}

// --- the room: letters, and what one can do

function letter({ author, day, trust, text, team, attachments }: Entry): HTMLLIElement {
  const from = author === "person" ? say("you") : (team?.name ?? say("team"));
  const item = make("li", trust === "forged" ? "team forged" : author, make("small", "", `${from}, ${spoken(day)}`));
  // Text is text: no markup, no links, nothing loaded.
  item.append(trust === "genuine" ? make("p", "", text) : make("p", "soft", texts.faults[trust === "forged" ? "signature_forged" : "envelope_unreadable"] ?? ""));
  if (trust === "genuine") item.lastElementChild!.setAttribute("dir", "auto");
  for (let i = 0; i < attachments; i++) item.append(make("p", "soft", say("attachment")));
  return item;
}

const STATES: Readonly<Record<string, string>> = { received: "waiting", claimed: "taken", answered: "answered" };

function draw(open: Mailbox): void {
  const values = { team: open.team?.name ?? say("team"), day: open.answerBy ? spoken(open.answerBy) : "" };
  const state = STATES[open.state] ?? "closed";
  byId("lage").textContent = [
    state === "waiting" && !open.answerBy ? "" : say(state, values),
    open.eraseOn ? say("erase_on", { day: spoken(open.eraseOn) }) : "",
  ].filter(Boolean).join(" ");
  byId("weitergabe").replaceChildren(...steps(open));
  byId("briefe").replaceChildren(...open.entries.map(letter));
  drawCall(open);
  drawAppointment(open);
  const change = byId<HTMLDetailsElement>("wechsel");
  change.hidden = !open.movable;
  change.open = false;
  // Taken by somebody is said above; that a picture is in the way has to be said here.
  byId("wechsel-nicht").hidden = open.state !== "received" || open.entries.every(({ attachments }) => attachments === 0);
  drawRights(open);
  byId("wechsel-wahl").replaceChildren();
}

/** Every step from team to team, who reads now, and the person's own say. */
function steps(open: Mailbox): HTMLElement[] {
  if (open.handovers.length === 0) return [];
  const name = (id: string) => open.directory.teams.find((team) => team.id === id)?.name ?? say("team");
  const facts = (id: string) => {
    const team = open.directory.teams.find((one) => one.id === id);
    const carrier = team && open.directory.carrierOf(team);
    return { carrier: carrier?.name ?? "", kind: carrier ? say(`kind_${carrier.kind}`) : "" };
  };
  const list = open.handovers.map((one) => {
    const values = { from: name(one.from_team), to: name(one.to_team), day: one.consent_day ? spoken(one.consent_day) : "" };
    const noted = one.stage === "agreed" && one.consent === "noted";
    const item = make("div", "kind", make("p", "", say(noted ? "ho_noted" : `ho_${one.stage}`, values)));
    if (one.stage === "asked") item.append(make("p", "soft", say("ho_kind", { ...values, ...facts(one.to_team) })));
    const yes = say("ho_said_yes", values);
    const no = say("ho_said_no", values);
    if (one.stage === "asked") item.append(make("div", "row", button("button main", say("ho_yes", values), () => void decide(one, true, yes)), button("button", say("ho_no"), () => void decide(one, false, no))));
    if (one.stage === "agreed" || one.stage === "offered") item.append(make("div", "row", button("button", say("ho_back"), () => void decide(one, false, no))));
    return item;
  });
  if (open.team) list.push(make("div", "", make("p", "soft", say("reads_now", { team: open.team.name, ...facts(open.team.id) }))));
  return list;
}

async function decide(handover: Handover, agree: boolean, text: string): Promise<void> {
  if (!mailbox) return;
  const place = byId("weitergabe");
  place.replaceChildren(make("p", "status", say("sealing")));
  try {
    await mailbox.decide(handover, agree, text);
  } catch (error) {
    tell(byId("brief-fehler"), faultSentence(error));
  }
  try {
    mailbox = await mailbox.refresh();
  } catch (error) {
    tell(byId("brief-fehler"), faultSentence(error));
  }
  draw(mailbox);
  focusHeading(byId("zimmer"));
}

async function refresh(): Promise<void> {
  if (!mailbox) return;
  const before = mailbox.entries.length;
  tell(byId("brief-fehler"));
  try {
    mailbox = await mailbox.refresh();
    draw(mailbox);
    byId("mehr-stand").textContent = mailbox.entries.length > before ? "" : say("nothing_new");
  } catch (error) {
    tell(byId("brief-fehler"), faultSentence(error));
  }
}

async function write(): Promise<void> {
  if (!mailbox) return;
  const state = byId("mehr-stand");
  tell(byId("mehr-fehler"));
  state.textContent = say("sealing");
  let sent = false;
  try {
    await mailbox.write(more.value);
    sent = true;
    more.value = "";
    byId("gefahr").replaceChildren();
    state.textContent = say("sent");
    mailbox = await mailbox.refresh();
    draw(mailbox);
  } catch (error) {
    if (sent) return tell(byId("brief-fehler"), texts.faults["sent_not_shown"]);
    state.textContent = "";
    tell(byId("mehr-fehler"), faultSentence(error));
    more.focus();
  }
}

function offerTeams(): void {
  const open = mailbox;
  const place = byId("wechsel-wahl");
  if (!open) return;
  try {
    const others = choosable(open.offers()).filter(({ team }) => team !== open.team?.id);
    place.replaceChildren(others.length ? teamList(open.directory, others, null, ({ team }) => confirmMove(open, team)) : make("p", "soft", say("others_none")));
  } catch (error) {
    tell(place, faultSentence(error));
  }
}

function confirmMove(open: Mailbox, team: string): void {
  const place = byId("wechsel-wahl");
  place.querySelector(".row")?.remove();
  place.append(
    make(
      "div",
      "row",
      button("button main", say("move_to", { team: open.directory.team(team).name }), () => void move(open, team)),
    ),
  );
}

async function move(open: Mailbox, team: string): Promise<void> {
  const place = byId("wechsel-wahl");
  place.replaceChildren(make("p", "status", say("moving")));
  try {
    await open.moveTo(team);
    mailbox = await open.refresh();
    draw(mailbox);
    byId("mehr-stand").textContent = say("moved", { team: mailbox.team?.name ?? "" });
  } catch (error) {
    tell(place, faultSentence(error));
  }
}

async function erase(): Promise<void> {
  try {
    await mailbox?.erase();
    forget();
    enter("leer");
  } catch (error) {
    tell(byId("loeschen-fehler"), faultSentence(error));
  }
}

function forget(): void {
  mailbox = null;
  forgetCall();
  code.value = "";
  more.value = "";
  byId("briefe").replaceChildren();
  byId("rechte-liste").replaceChildren();
  byId("weitergabe").replaceChildren();
  byId("code-hilfe").replaceChildren();
}

// --- wiring

function sure(asked: boolean): void {
  byId("loeschen-1").hidden = asked;
  byId("loeschen-2").hidden = !asked;
  byId(asked ? "loeschen-nein" : "loeschen-ja").focus();
}

watchCallView(() => mailbox, async () => {
  mailbox = (await mailbox?.refresh()) ?? null;
  if (mailbox) draw(mailbox);
});
watchAppointment(() => mailbox, () => mailbox && drawAppointment(mailbox));
once(byId<HTMLButtonElement>("oeffnen"), open);
once(byId<HTMLButtonElement>("mehr-senden"), write);
once(byId<HTMLButtonElement>("neu-laden"), refresh);
once(byId<HTMLButtonElement>("loeschen-los"), erase);
byId("mitnehmen").addEventListener("click", () => mailbox && takeAlong(mailbox));
byId("loeschen-ja").addEventListener("click", () => sure(true));
byId("loeschen-nein").addEventListener("click", () => sure(false));
byId("wechsel").addEventListener("toggle", () => byId<HTMLDetailsElement>("wechsel").open && offerTeams());
byId("zu").addEventListener("click", () => {
  forget();
  enter("tuer");
});
code.addEventListener("input", () => void understand(false).catch(() => undefined));
code.addEventListener("keydown", (event) => {
  // Enter opens, as in any field for a code; Shift and Enter still breaks the line.
  if (event.key !== "Enter" || event.shiftKey) return;
  event.preventDefault();
  byId("oeffnen").click();
});
more.addEventListener("input", () => {
  const hint = byId("gefahr");
  if (!hint.firstChild && soundsDangerous(more.value)) hint.append(template("t-gefahr"));
});

watchExit();
onLeave(forget);
onLeave(guard(() => more.value.trim() !== "" || numberTyped()));
document.documentElement.dataset["ready"] = "shell";
ready().then(
  () => (document.documentElement.dataset["ready"] = "sealing"),
  () => undefined, // said when somebody opens
);
