/** What both working pages share: their sentences, their elements, their way of saying what went wrong. Text is only ever set as text. */
import { ClientError } from "../lib/load.ts";

interface Texts {
  readonly faults: Readonly<Record<string, string>>;
  /** kind of carrier -> badge, meaning */
  readonly kinds: Readonly<Record<string, readonly [string, string]>>;
  /** index 0: not bound to prosecute, 1: bound */
  readonly duty: readonly [string, string];
  readonly duties: readonly [string, string];
  readonly reasons: Readonly<Record<string, string>>;
  readonly night: readonly [string, string];
  readonly [name: string]: unknown;
}

export const byId = <T extends HTMLElement = HTMLElement>(id: string): T => document.getElementById(id) as T;

export const texts = JSON.parse(byId("texte").textContent ?? "{}") as Texts;

/** A sentence of the page, with {x} filled in. */
export function say(name: string, values: Readonly<Record<string, string | number>> = {}): string {
  return String(texts[name] ?? "").replace(/\{(\w+)\}/g, (_, key: string) => String(values[key] ?? ""));
}

export function make<K extends keyof HTMLElementTagNameMap>(tag: K, className: string, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

export function button(className: string, label: string, onClick: () => void): HTMLButtonElement {
  const element = make("button", className, label);
  element.type = "button";
  element.addEventListener("click", onClick);
  return element;
}

/** A row to pick from, as the templates draw it. */
export function pick(type: "radio" | "checkbox", name: string, checked: boolean, label: string, hints: readonly string[], onPick: () => void): HTMLLabelElement {
  const input = make("input", "");
  Object.assign(input, { type, name, checked, autocomplete: "off" });
  input.addEventListener("change", onPick);
  const words = make("span", "", label);
  words.append(...hints.filter(Boolean).map((hint) => make("small", "", hint)));
  return make("label", "pick", input, words);
}

export function template(id: string): HTMLElement {
  return byId<HTMLTemplateElement>(id).content.firstElementChild!.cloneNode(true) as HTMLElement;
}

/** A local day as people say it. */
export function spoken(day: string): string {
  const { lang } = document.documentElement;
  // As on the server: "25 November" is read rightly by everybody.
  return new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, { dateStyle: "long", timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
}

/** Codes that mean the same to a person. */
const SAME: Readonly<Record<string, string>> = {
  directory_rolled_back: "directory_forged",
  directory_malformed: "directory_forged",
  directory_not_yet_valid: "directory_expired",
  key_forged: "directory_forged",
  team_unknown: "team_changed",
  stale_twice: "mailbox_taken",
  refused: "crypto",
  malformed_answer: "unavailable",
};

/** What to say about an error. What we did not foresee is said as a failure to seal: nothing was sent, the text is still there. */
export function faultSentence(error: unknown): string {
  const code = error instanceof ClientError ? error.code : "crypto";
  return texts.faults[SAME[code] ?? code] ?? texts.faults["crypto"] ?? "";
}

/** Puts a kind sentence into a live region; nothing takes it away again. */
export function tell(place: HTMLElement, sentence = "", ...more: Node[]): void {
  place.replaceChildren(...(sentence ? [make("div", "kind", make("p", "", sentence), ...more)] : []));
}

export function focusHeading(section: ParentNode): void {
  const heading = section.querySelector<HTMLElement>("h1, h2");
  heading?.focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** One thing at a time: a second click while the first is under way does nothing. */
export function once(control: HTMLButtonElement, work: () => Promise<void>): void {
  let under = false;
  control.addEventListener("click", () => {
    if (under) return;
    under = true;
    control.setAttribute("aria-disabled", "true");
    void work().finally(() => {
      under = false;
      control.removeAttribute("aria-disabled");
    });
  });
}

/** The browser asks before a text or a code that nobody has noted is lost by the back button. The quick exit lifts it. */
export function guard(unsaved: () => boolean): () => void {
  let lifted = false;
  addEventListener("beforeunload", (event) => {
    if (!lifted && unsaved()) event.preventDefault();
  });
  return () => {
    lifted = true;
  };
}
