// entry: /schreiben, three short steps and the return code
import { isClientError, ready } from "../lib/load.ts";
import { soundsDangerous } from "./danger.ts";
import { codeShown, deliver, failed, forgetDelivery, prepared } from "./delivery.ts";
import { onLeave, watchExit } from "./exit.ts";
import { asked, chosenTeam, go, watchSteps } from "./finding.ts";
import { byId, faultSentence, guard, once, say, tell, template, texts } from "./page.ts";
import { watchPlace } from "./place.ts";
import { kindOf } from "./teams.ts";

const text = byId<HTMLTextAreaElement>("text");
const urgent = byId<HTMLInputElement>("dringend");

async function showLetter(): Promise<boolean> {
  const { directory } = await ready();
  const team = directory.team(chosenTeam()!);
  byId("an").textContent = say("to", { team: `${team.name}, ${kindOf(directory, team).toLowerCase()}` });
  byId("nacht").textContent = texts.night[Number(team.night_duty) as 0 | 1];
  void prepared().catch(() => undefined);
  return true;
}

async function send(): Promise<void> {
  tell(byId("fehler"));
  tell(byId("text-f"));
  try {
    await deliver({ ...asked(), text: text.value, urgent: urgent.checked }, null);
    forget();
    go(4);
  } catch (error) {
    if (!isClientError(error, "empty_text") && !isClientError(error, "too_large")) return failed(error);
    byId("stand").textContent = "";
    tell(byId("text-f"), faultSentence(error));
    text.setAttribute("aria-invalid", "true");
    text.focus();
  }
}

function forget(): void {
  text.value = "";
  urgent.checked = false;
  forgetDelivery();
}

once(byId<HTMLButtonElement>("senden"), send);
text.addEventListener("input", () => {
  text.removeAttribute("aria-invalid");
  const hint = byId("gefahr");
  if (!hint.firstChild && soundsDangerous(text.value)) hint.append(template("t-gefahr"));
});

watchSteps(showLetter);
watchPlace();
watchExit();
onLeave(forget);
onLeave(guard(() => text.value.trim() !== "" || codeShown()));
document.documentElement.dataset["ready"] = "shell";
ready().then(
  () => (document.documentElement.dataset["ready"] = "sealing"),
  () => undefined, // said when somebody wants to go on
);
