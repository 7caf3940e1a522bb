// entry: /rueckruf, the two steps of every first contact, and two more for number, time and rules
import { isClientError, ready } from "../lib/load.ts";
import { agreed, forgetCall, numberTyped, offerTimes, suggestWord, understandNumber, watchCall } from "./call_form.ts";
import { codeShown, deliver, failed, forgetDelivery, prepared } from "./delivery.ts";
import { onLeave, watchExit } from "./exit.ts";
import { asked, chosenTeam, go, watchSteps } from "./finding.ts";
import { byId, faultSentence, guard, make, once, say, tell } from "./page.ts";
import { watchPlace } from "./place.ts";

const text = byId<HTMLTextAreaElement>("text");
const prison = byId<HTMLInputElement>("haft");

function drawPrison(): void {
  byId("haft-teil").hidden = !prison.checked;
  byId("anruf-teil").hidden = prison.checked;
}

/** Which teams come into prisons stands in the signed directory. */
async function showVisitors(): Promise<void> {
  const { directory } = await ready();
  const names = directory.teams.filter(({ prison_visits }) => prison_visits).map(({ name }) => make("li", "", name));
  byId("haft-teams").replaceChildren(...names);
}

async function enter(step: number): Promise<boolean> {
  if (step === 3) {
    void prepared().catch(() => undefined);
    void showVisitors();
    try {
      await offerTimes(chosenTeam()!);
    } catch (error) {
      tell(byId("zeiten-f"), faultSentence(error));
    }
    return true;
  }
  if (!(await understandNumber(true))) return byId("nummer").focus(), false;
  if (!(await agreed())) return false;
  await suggestWord();
  return true;
}

async function send(): Promise<void> {
  tell(byId("fehler"));
  const agreement = await agreed();
  if (!agreement) return go(3);
  try {
    await deliver({ ...asked(), text: text.value.trim() ? text.value : say("call_text"), urgent: false }, agreement);
    forget();
    go(5);
  } catch (error) {
    if (!isClientError(error, "no_time")) return failed(error);
    byId("stand").textContent = "";
    await offerTimes(chosenTeam()!);
    go(3);
    tell(byId("zeiten-f"), faultSentence(error));
  }
}

function forget(): void {
  text.value = "";
  prison.checked = false;
  drawPrison();
  forgetCall();
  forgetDelivery();
}

once(byId<HTMLButtonElement>("senden"), send);
prison.addEventListener("change", drawPrison);
watchSteps(enter);
watchPlace();
watchCall();
watchExit();
onLeave(forget);
onLeave(guard(() => numberTyped() || text.value.trim() !== "" || codeShown()));
document.documentElement.dataset["ready"] = "shell";
ready().then(
  () => (document.documentElement.dataset["ready"] = "sealing"),
  () => undefined, // said when somebody wants to go on
);
