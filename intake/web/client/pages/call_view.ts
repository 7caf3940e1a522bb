/** The callback in an opened mailbox: what is planned, whether we tried; agree, change, call off. */
import { isClientError } from "../lib/load.ts";
import type { Callback, Mailbox } from "../lib/sealing.ts";
import { agreed, fill, forgetCall, offerTimes, suggestWord, timeName, understandNumber, watchCall } from "./call_form.ts";
import { byId, faultSentence, make, once, say, tell } from "./page.ts";

const OPEN = ["requested", "due", "attempting"];
const form = byId<HTMLDetailsElement>("anruf-neu");

/** One sentence for each state; the number of attempts is never hidden. */
function sentence({ state, attempts, last }: Callback): string {
  if (state === "requested" && attempts > 0) return say("call_again", { n: attempts });
  if (last === "wrong_number") return say("call_wrong");
  return say(`call_${state}`, { n: attempts });
}

export function drawCall({ callback, state }: Mailbox): void {
  const planned = callback !== null && OPEN.includes(callback.state);
  const box = byId("anruf");
  box.hidden = callback === null;
  byId("anruf-lage").textContent = callback ? sentence(callback) : "";
  byId("anruf-zeiten").replaceChildren(...(planned ? callback.windows.map((time) => make("li", "", timeName(time))) : []));
  byId("anruf-absagen").hidden = !planned;
  byId("anruf-titel").textContent = say(planned ? "call_change" : "call_ask");
  form.hidden = callback?.state === "attempting" || state === "forwarded";
  form.open = false;
  tell(byId("anruf-fehler"));
}

/** `current` gives the opened mailbox, `reload` fetches it again and draws it. */
export function watchCallView(current: () => Mailbox | null, reload: () => Promise<void>): void {
  async function prepare(): Promise<void> {
    const mailbox = current();
    if (!mailbox?.team) return;
    const { callback } = mailbox;
    const agreement = callback && OPEN.includes(callback.state) ? callback.agreement : null;
    try {
      if (agreement) await fill(agreement);
      await offerTimes(mailbox.team.id, agreement ? agreement.windows : []);
      await suggestWord();
    } catch (error) {
      tell(byId("zeiten-f"), faultSentence(error));
    }
  }

  async function send(): Promise<void> {
    const mailbox = current();
    const status = byId("anruf-stand");
    tell(byId("anruf-fehler"));
    if (!mailbox || !(await understandNumber(true))) return byId("nummer").focus();
    const agreement = await agreed();
    if (!agreement) return;
    status.textContent = say("sealing");
    try {
      await mailbox.agree(agreement);
      status.textContent = "";
      forgetCall();
      await reload();
      byId("anruf").scrollIntoView();
    } catch (error) {
      status.textContent = "";
      tell(byId("anruf-fehler"), isClientError(error, "cannot_move") ? say("call_attempting") : faultSentence(error));
      if (isClientError(error, "no_time") && mailbox.team) await offerTimes(mailbox.team.id);
    }
  }

  async function callOff(): Promise<void> {
    try {
      await current()?.withdraw();
      forgetCall();
      await reload();
    } catch (error) {
      tell(byId("anruf-fehler"), faultSentence(error));
    }
  }

  watchCall();
  form.addEventListener("toggle", () => {
    if (form.open) void prepare();
    else forgetCall();
  });
  once(byId<HTMLButtonElement>("anruf-senden"), send);
  once(byId<HTMLButtonElement>("anruf-absagen"), callOff);
}
