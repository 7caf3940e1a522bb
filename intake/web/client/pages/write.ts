// entry: /schreiben, three short steps and the return code
import { adopt, ClientError, isClientError, ready } from "../lib/load.ts";
import type { Candidate, ContactForm, Directory, Found, Phenomenon, PreparedCode, Receipt, Role } from "../lib/sealing.ts";
import { showCode } from "./code.ts";
import { soundsDangerous } from "./danger.ts";
import { onLeave, watchExit } from "./exit.ts";
import { button, byId, faultSentence, focusHeading, guard, make, once, say, spoken, tell, template, texts } from "./page.ts";
import { chosenPlace, forgetPlace, watchPlace } from "./place.ts";
import { choosable, kindOf, teamCard, teamList } from "./teams.ts";

const room = byId("schreiben");
const text = byId<HTMLTextAreaElement>("text");
const urgent = byId<HTMLInputElement>("dringend");
const onlyCivil = byId<HTMLInputElement>("zivil");

let kreis: string | null = null;
let excluded: string[] = [];
let chosen: Candidate | null = null;
let chosenByHand = false;
let code: Promise<PreparedCode> | undefined;
/** what an attempt without an answer may already have delivered */
let attempted: string | null = null;
let codeShown = false;

function go(step: number): void {
  for (const section of room.querySelectorAll<HTMLElement>("[data-step]")) section.hidden = section.dataset["step"] !== String(step);
  focusHeading(room.querySelector(`[data-step="${step}"]`)!);
}

const picked = (name: string): string[] => [...room.querySelectorAll<HTMLInputElement>(`input[name=${name}]:checked`)].map(({ value }) => value);

function form(): ContactForm {
  return {
    lang: document.documentElement.lang,
    role: (picked("role")[0] ?? room.dataset["role"]) as Role,
    phenomena: picked("phenomena") as Phenomenon[],
    kreis,
    text: text.value,
    urgent: urgent.checked,
    onlyCivil: onlyCivil.checked,
    notCarriers: excluded,
  };
}

// --- step 2: who will read it

async function find(): Promise<{ directory: Directory; found: Found }> {
  const { sealing, directory } = await ready();
  return { directory, found: sealing.lookUp(directory.routing, sealing.questionOf(form(), directory, new Date())) };
}

async function showTeams(): Promise<void> {
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

// --- step 3: the text

async function showLetter(): Promise<boolean> {
  if (!chosen) return false;
  const { directory } = await ready();
  const team = directory.team(chosen.team);
  byId("an").textContent = say("to", { team: `${team.name}, ${kindOf(directory, team).toLowerCase()}` });
  byId("nacht").textContent = texts.night[Number(team.night_duty) as 0 | 1];
  void prepared().catch(() => undefined);
  return true;
}

/** Once for the whole form, so that sending twice is one contact. */
function prepared(): Promise<PreparedCode> {
  code ??= ready().then(({ sealing, directory }) => sealing.prepareCode(directory));
  code.catch(() => {
    code = undefined;
  });
  return code;
}

async function send(): Promise<void> {
  const state = byId("stand");
  const fault = byId("fehler");
  tell(fault);
  tell(byId("text-f"));
  try {
    if (!chosen) throw new ClientError("team_unknown");
    const whole = form();
    const fingerprint = JSON.stringify([whole, chosen.team]);
    const { sealing, directory } = await ready();
    sealing.checkedText(whole.text);
    state.textContent = say("sealing");
    // An earlier attempt may have arrived although no answer came. Changed text is then a contact of its own, never a lost one.
    if (attempted !== null && attempted !== fingerprint) code = undefined;
    const sealed = await sealing.sealContact(directory, await prepared(), chosen.team, whole);
    state.textContent = say("sending");
    attempted = fingerprint;
    const receipt = await sealing.sendContact(sealed);
    await adopt(receipt.directory);
    state.textContent = say("sent");
    arrived(receipt);
  } catch (error) {
    state.textContent = "";
    failed(error);
  }
}

function failed(error: unknown): void {
  if (isClientError(error, "empty_text") || isClientError(error, "too_large")) {
    tell(byId("text-f"), faultSentence(error));
    text.setAttribute("aria-invalid", "true");
    text.focus();
    return;
  }
  const asksAgain = isClientError(error, "team_changed") || isClientError(error, "team_unknown");
  tell(byId("fehler"), faultSentence(error), ...(asksAgain ? [button("button", say("look_again"), () => void showTeams().then(() => go(2)))] : []));
}

function arrived(receipt: Receipt): void {
  byId("wann").textContent = receipt.answerBy ? say("answer_by", { day: spoken(receipt.answerBy) }) : "";
  byId("frist").textContent = receipt.eraseOn ? say("erase_on", { day: spoken(receipt.eraseOn) }) : "";
  codeShown = true;
  showCode(receipt.words, () => {
    codeShown = false;
  });
  text.value = "";
  forget();
  go(4);
}

function forget(): void {
  text.value = "";
  urgent.checked = false;
  forgetPlace();
  kreis = null;
  code = undefined;
  attempted = null;
}

// --- wiring

async function onward(step: number): Promise<void> {
  if (step === 2) {
    const place = await chosenPlace();
    if (place === undefined) return byId("ort").focus();
    kreis = place;
    go(2);
    await showTeams();
  } else if (step === 3) {
    if (!(await showLetter())) return byId("team").scrollIntoView();
    go(3);
  } else go(step);
}

for (const control of room.querySelectorAll<HTMLButtonElement>("[data-go]")) {
  const step = Number(control.dataset["go"]);
  control.addEventListener("click", () => void (step === 2 && control.className === "link" ? go(2) : onward(step)));
}
onlyCivil.addEventListener("change", () => void showTeams());
once(byId<HTMLButtonElement>("senden"), send);
text.addEventListener("input", () => {
  text.removeAttribute("aria-invalid");
  const hint = byId("gefahr");
  if (!hint.firstChild && soundsDangerous(text.value)) hint.append(template("t-gefahr"));
});

watchPlace();
watchExit();
onLeave(forget);
onLeave(guard(() => text.value.trim() !== "" || codeShown));
document.documentElement.dataset["ready"] = "shell";
ready().then(
  () => (document.documentElement.dataset["ready"] = "sealing"),
  () => undefined, // said when somebody wants to go on
);
