/** The form of a callback: number, times, rules. Shared by the page that asks for one and the page that changes one. Nothing of it is sent but sealed. */
import { ready } from "../lib/load.ts";
import type { AgreementForm, NumberRules, PhoneNumber, Time } from "../lib/sealing.ts";
import { byId, make, say, tell, texts } from "./page.ts";

const number = byId<HTMLInputElement>("nummer");
const rows = byId("zeiten");
const more = byId<HTMLButtonElement>("noch-eine-zeit");
const MOST = 3;
const HALF_HOUR = 30;

let openings: readonly Time[] = [];
let known: PhoneNumber | null = null;

const minutes = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
const clock = (at: number): string => `${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;

/** "Dienstag, 24. November" */
export function dayName(day: string): string {
  const { lang } = document.documentElement;
  return new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
}

export function timeName(time: Time): string {
  return say("call_time", { day: dayName(time.day), from: time.from, to: time.to });
}

// --- the number

/** Understands what is typed and shows it back; false when it is no number that we call (and says why). */
export async function understandNumber(final: boolean): Promise<boolean> {
  const typed = number.value.trim();
  const place = byId("nummer-f");
  known = null;
  number.removeAttribute("aria-invalid");
  if (!typed && !final) return tell(place), false;
  const { sealing } = await ready();
  const found = sealing.readNumber(typed, texts["numbers"] as NumberRules);
  if (typeof found !== "string") {
    known = found;
    place.replaceChildren(make("p", "status", say("call_number", { number: found.spoken })));
    return true;
  }
  if (!final) return tell(place), false; // what is still growing is not called wrong
  tell(place, (texts["number_faults"] as Record<string, string>)[found]);
  number.setAttribute("aria-invalid", "true");
  return false;
}

// --- times

function options(select: HTMLSelectElement, values: readonly (readonly [string, string])[], chosen: string): void {
  select.replaceChildren(...values.map(([value, label]) => Object.assign(make("option", "", label), { value })));
  if (values.some(([value]) => value === chosen)) select.value = chosen;
}

function starts(day: string): number[] {
  const found: number[] = [];
  for (const span of openings.filter((one) => one.day === day)) {
    for (let at = Math.ceil(minutes(span.from) / HALF_HOUR) * HALF_HOUR; at + HALF_HOUR <= minutes(span.to); at += HALF_HOUR) found.push(at);
  }
  return found;
}

function ends(day: string, from: number): number[] {
  const span = openings.find((one) => one.day === day && minutes(one.from) <= from && from < minutes(one.to));
  const found: number[] = [];
  for (let at = from + HALF_HOUR; span && at <= minutes(span.to); at += HALF_HOUR) found.push(at);
  return found;
}

function addRow(time: Time | null): void {
  const row = byId<HTMLTemplateElement>("t-zeit").content.firstElementChild!.cloneNode(true) as HTMLElement;
  const [day, from, to] = [...row.querySelectorAll("select")] as [HTMLSelectElement, HTMLSelectElement, HTMLSelectElement];
  const days = [...new Set(openings.map((one) => one.day))].filter((one) => starts(one).length > 0);
  const drawEnds = (): void => options(to, ends(day.value, minutes(from.value || "00:00")).map((at) => [clock(at), clock(at)]), to.value);
  const drawStarts = (): void => {
    options(from, starts(day.value).map((at) => [clock(at), clock(at)]), from.value);
    drawEnds();
    // An hour is what most people mean.
    const hour = clock(minutes(from.value || "00:00") + 60);
    if ([...to.options].some(({ value }) => value === hour)) to.value = hour;
  };
  options(day, days.map((one) => [one, dayName(one)]), time?.day ?? "");
  drawStarts();
  if (time) {
    options(from, starts(day.value).map((at) => [clock(at), clock(at)]), time.from);
    drawEnds();
    to.value = [...to.options].some(({ value }) => value === time.to) ? time.to : to.value;
  }
  day.addEventListener("change", drawStarts);
  from.addEventListener("change", drawEnds);
  row.querySelector("button")!.addEventListener("click", () => {
    row.remove();
    drawMore();
    more.focus();
  });
  rows.append(row);
  drawMore();
}

function drawMore(): void {
  more.hidden = rows.children.length >= MOST || openings.length === 0;
  for (const remove of rows.querySelectorAll("button")) remove.hidden = rows.children.length < 2;
}

function chosenTimes(): Time[] {
  return [...rows.children].map((row) => {
    const [day, from, to] = [...row.querySelectorAll("select")].map(({ value }) => value) as [string, string, string];
    return { day, from, to };
  });
}

/** Fetches when this team can call and draws the rows anew, with what was chosen before as far as it is still possible. */
export async function offerTimes(team: string, before: readonly Time[] = chosenTimes()): Promise<void> {
  const { sealing } = await ready();
  openings = await sealing.fetchTimes(team);
  rows.replaceChildren();
  for (const time of before.length ? before : [null]) addRow(time);
  tell(byId("zeiten-f"), openings.length ? "" : say("call_no_times"));
}

// --- everything

const field = (name: string): HTMLInputElement => byId<HTMLInputElement>(`anruf-${name}`);
const ticked = (name: string): string => document.querySelector<HTMLInputElement>(`input[name=${name}]:checked`)?.value ?? "";

/** What is agreed, or null when number or times are missing (and that was said). */
export async function agreed(): Promise<AgreementForm | null> {
  if (!(await understandNumber(true)) || !known) return number.focus(), null;
  const windows = chosenTimes().filter(({ day, from, to }) => day && from && to);
  if (windows.length === 0) {
    tell(byId("zeiten-f"), say("call_choose"));
    rows.querySelector("select")?.focus();
    return null;
  }
  return {
    number: known.e164,
    windows,
    lang: document.documentElement.lang,
    who: ticked("who") === "anybody" ? "anybody" : "only_me",
    introduce: field("vorstellen").value,
    code_word: field("wort").value,
    voicemail: ticked("voicemail") === "say" ? "say" : "hang_up",
    voicemail_text: field("mailbox").value,
    somebody_else: field("andere").value,
    interpreter: field("dolmetschen").checked,
  };
}

/** A word to begin with, so that nobody has to think of one; drawn here, told to nobody. */
export async function suggestWord(): Promise<void> {
  const { sealing } = await ready();
  const word = sealing.generate()[0]!;
  field("wort").value ||= word[0]!.toUpperCase() + word.slice(1);
}

/** Puts an agreement back into the form, to be changed. */
export async function fill(before: AgreementForm): Promise<void> {
  number.value = `0${before.number.slice(3)}`;
  field("vorstellen").value = before.introduce;
  field("wort").value = before.code_word;
  field("mailbox").value = before.voicemail_text;
  field("andere").value = before.somebody_else;
  field("dolmetschen").checked = before.interpreter;
  for (const [name, value] of [["who", before.who], ["voicemail", before.voicemail]] as const) {
    document.querySelector<HTMLInputElement>(`input[name=${name}][value=${value}]`)!.checked = true;
  }
  showMailboxText();
  await understandNumber(false);
}

function showMailboxText(): void {
  byId("anruf-mailbox-teil").hidden = ticked("voicemail") !== "say";
}

export function forgetCall(): void {
  known = null;
  number.value = "";
  for (const name of ["vorstellen", "wort", "mailbox", "andere"]) field(name).value = field(name).defaultValue;
  field("dolmetschen").checked = false;
  rows.replaceChildren();
  tell(byId("nummer-f"));
}

export const numberTyped = (): boolean => number.value.trim() !== "";

export function watchCall(): void {
  number.addEventListener("input", () => void understandNumber(false).catch(() => undefined));
  more.addEventListener("click", () => {
    addRow(null);
    rows.lastElementChild!.querySelector("select")!.focus();
  });
  for (const choice of document.querySelectorAll("input[name=voicemail]")) choice.addEventListener("change", showMailboxText);
}
