/** The steps that every first contact begins with: what it is about, and who will read it. */
import { ready } from "../lib/load.ts";
import type { Candidate, ContactForm, Directory, Found, Phenomenon, Role } from "../lib/sealing.ts";
import { button, byId, faultSentence, focusHeading, make, say, tell } from "./page.ts";
import { chosenPlace, forgetPlace } from "./place.ts";
import { choosable, teamCard, teamList } from "./teams.ts";

const room = document.querySelector<HTMLElement>("[data-role]")!;
const onlyCivil = byId<HTMLInputElement>("zivil");

let kreis: string | null = null;
let excluded: string[] = [];
let chosen: Candidate | null = null;
let chosenByHand = false;

export function go(step: number): void {
  for (const section of room.querySelectorAll<HTMLElement>("[data-step]")) section.hidden = section.dataset["step"] !== String(step);
  focusHeading(room.querySelector(`[data-step="${step}"]`)!);
}

export const picked = (name: string): string[] => [...room.querySelectorAll<HTMLInputElement>(`input[name=${name}]:checked`)].map(({ value }) => value);

/** What was said so far: everything of a contact but its text. */
export function asked(): Omit<ContactForm, "text" | "urgent"> {
  return {
    lang: document.documentElement.lang,
    role: (picked("role")[0] ?? room.dataset["role"]) as Role,
    phenomena: picked("phenomena") as Phenomenon[],
    kreis,
    onlyCivil: onlyCivil.checked,
    notCarriers: excluded,
  };
}

export function chosenTeam(): string | null {
  return chosen && chosen.team;
}

async function find(): Promise<{ directory: Directory; found: Found }> {
  const { sealing, directory } = await ready();
  return { directory, found: sealing.lookUp(directory.routing, sealing.questionOf(asked(), directory, new Date())) };
}

export async function showTeams(): Promise<void> {
  const place = byId("team");
  try {
    const { directory, found } = await find();
    const options = choosable(found);
    const kept = chosenByHand ? options.find(({ team }) => team === chosen?.team) : undefined;
    chosenByHand = kept !== undefined;
    chosen = kept ?? found.candidates[0] ?? null;
    drawTeam(directory);
    const others = byId<HTMLDetailsElement>("andere");
    const list = others.lastElementChild!;
    if (!chosen) place.append(...nobodyFits(directory, found, options));
    others.hidden = options.length === 0;
    others.open = !chosen;
    list.replaceChildren(
      options.length > (chosen ? 1 : 0)
        ? teamList(directory, options, chosen?.team ?? null, (candidate) => {
            chosen = candidate;
            chosenByHand = true;
            drawTeam(directory);
          })
        : make("p", "soft", say("others_none")),
    );
    place.append(...excluded.map((id) => readmit(directory, id)));
  } catch (error) {
    chosen = null;
    tell(place, faultSentence(error), button("button", say("again"), () => void showTeams()));
  }
}

function drawTeam(directory: Directory): void {
  if (!chosen) return byId("team").replaceChildren();
  const team = directory.team(chosen.team);
  // The key is fetched while the card is being read.
  directory.keyOf(team).catch(() => undefined);
  for (const duty of room.querySelectorAll<HTMLElement>(".duty")) duty.hidden = !directory.carrierOf(team).legality_principle;
  byId("team").replaceChildren(
    teamCard(directory, chosen, () => {
      excluded = [...excluded, team.carrier];
      void showTeams();
    }),
  );
}

/** No match is said, with what there is to choose from; nothing is chosen for anybody. */
function nobodyFits(directory: Directory, found: Found, options: readonly Candidate[]): HTMLElement[] {
  const broken = found.alternatives.filter(({ reason }) => reason === "breaks_only_civil").map(({ team }) => directory.team(team).name);
  const sentences = [say(options.length ? "no_team" : "none_at_all"), broken.length ? say("broken", { teams: broken.join(", ") }) : ""];
  return [make("div", "kind", ...sentences.filter(Boolean).map((sentence) => make("p", "", sentence)))];
}

function readmit(directory: Directory, id: string): HTMLElement {
  const name = directory.carriers.find((carrier) => carrier.id === id)?.name ?? id;
  return button("link", say("back_in", { carrier: name }), () => {
    excluded = excluded.filter((other) => other !== id);
    void showTeams();
  });
}

export function forgetFinding(): void {
  forgetPlace();
  kreis = null;
}

/** Wires the buttons between steps. `enter` prepares a later step; false keeps the person where they are. */
export function watchSteps(enter: (step: number) => Promise<boolean>): void {
  async function onward(step: number): Promise<void> {
    if (step === 2) {
      const place = await chosenPlace();
      if (place === undefined) return byId("ort").focus();
      kreis = place;
      go(2);
      await showTeams();
    } else if (step === 3 && !chosen) byId("team").scrollIntoView();
    else if (step < 3 || (await enter(step))) go(step);
  }
  for (const control of room.querySelectorAll<HTMLButtonElement>("[data-go]")) {
    const step = Number(control.dataset["go"]);
    control.addEventListener("click", () => void (control.className === "link" ? go(step) : onward(step)));
  }
  onlyCivil.addEventListener("change", () => void showTeams());
}
