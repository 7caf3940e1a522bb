/** Sealing and sending a first contact, with or without a wish to be called, and what is shown when it has arrived. */
import { adopt, ClientError, isClientError, ready } from "../lib/load.ts";
import type { AgreementForm, ContactForm, PreparedCode, Receipt } from "../lib/sealing.ts";
import { showCode } from "./code.ts";
import { chosenTeam, forgetFinding, go, showTeams } from "./finding.ts";
import { button, byId, faultSentence, say, spoken, tell } from "./page.ts";

let code: Promise<PreparedCode> | undefined;
/** what an attempt without an answer may already have delivered */
let attempted: string | null = null;
let shown = false;

/** Once for the whole form, so that sending twice is one contact. */
export function prepared(): Promise<PreparedCode> {
  code ??= ready().then(({ sealing, directory }) => sealing.prepareCode(directory));
  code.catch(() => {
    code = undefined;
  });
  return code;
}

/** Seals and sends; says how far it is. Throws what the library throws, while the page still holds everything. */
export async function deliver(whole: ContactForm, agreement: AgreementForm | null): Promise<void> {
  const state = byId("stand");
  const team = chosenTeam();
  if (!team) throw new ClientError("team_unknown");
  const fingerprint = JSON.stringify([whole, agreement, team]);
  const { sealing, directory } = await ready();
  sealing.checkedText(whole.text);
  state.textContent = say("sealing");
  // An earlier attempt may have arrived although no answer came. Changed text is then a contact of its own, never a lost one.
  if (attempted !== null && attempted !== fingerprint) code = undefined;
  const sealed = await sealing.sealContact(directory, await prepared(), team, whole, undefined, agreement);
  state.textContent = say("sending");
  attempted = fingerprint;
  const receipt = await sealing.sendContact(sealed);
  await adopt(receipt.directory);
  state.textContent = say("sent");
  arrived(receipt);
}

function arrived(receipt: Receipt): void {
  byId("wann").textContent = receipt.answerBy ? say("answer_by", { day: spoken(receipt.answerBy) }) : "";
  byId("frist").textContent = receipt.eraseOn ? say("erase_on", { day: spoken(receipt.eraseOn) }) : "";
  shown = true;
  showCode(receipt.words, () => {
    shown = false;
  });
  forgetDelivery();
}

/** Says what went wrong where the person looks; offers the way back to the teams when they have changed. */
export function failed(error: unknown): void {
  byId("stand").textContent = "";
  const asksAgain = isClientError(error, "team_changed") || isClientError(error, "team_unknown");
  tell(byId("fehler"), faultSentence(error), ...(asksAgain ? [button("button", say("look_again"), () => void showTeams().then(() => go(2)))] : []));
}

/** Eight words stand on the screen that nobody has noted yet. */
export const codeShown = (): boolean => shown;

export function forgetDelivery(): void {
  forgetFinding();
  code = undefined;
  attempted = null;
}
