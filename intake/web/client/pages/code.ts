/** The return code after sending: large, to be copied, practised, noted. It stands in this page alone and goes when the page goes. */
import { ready } from "../lib/load.ts";
import { onLeave } from "./exit.ts";
import { byId, make, say } from "./page.ts";

export function showCode(given: readonly string[], onNoted: () => void): void {
  let words = given;
  const list = byId("woerter");
  const [view, practice, end] = [byId("code-teil"), byId("ueben-teil"), byId("ende-teil")];
  const probe = byId<HTMLTextAreaElement>("probe");
  const status = byId("code-stand");
  const verdict = byId("probe-stand");

  const show = (part: HTMLElement): void => {
    for (const one of [view, practice, end]) one.hidden = one !== part;
    list.replaceChildren(...(part === view ? words.map((word) => make("li", "", word)) : []));
    status.textContent = "";
    verdict.textContent = "";
    probe.value = "";
    if (part !== view) part.querySelector<HTMLElement>("h2")!.focus();
  };

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(words.join(" "));
      status.textContent = say("copied");
    } catch {
      status.textContent = say("not_copied");
    }
  }

  async function check(): Promise<void> {
    const { sealing } = await ready();
    const typed = probe.value.trim().split(/[\s,;-]+/).filter(Boolean);
    const wrong = words.findIndex((word, i) => sealing.checkWord(typed[i] ?? "").word !== word);
    verdict.textContent = wrong < 0 && typed.length === words.length ? say("practised") : say("practise_other", { n: (wrong < 0 ? words.length : wrong) + 1 });
  }

  byId("kopieren").onclick = () => void copy();
  byId("ueben").onclick = () => show(practice);
  byId("pruefen").onclick = () => void check();
  byId("zeigen").onclick = () => show(view);
  byId("nochmal").onclick = () => show(view);
  byId("notiert").onclick = () => {
    onNoted();
    show(end);
  };
  onLeave(() => {
    words = [];
    list.replaceChildren();
  });
  show(view);
}
