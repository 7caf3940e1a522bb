/** The place field. What is typed here stays on the device: the table comes to the browser, and only when the field is used. */
import { isClientError, ready } from "../lib/load.ts";
import type { Place, Regions } from "../lib/sealing.ts";
import { byId, faultSentence, make, pick, say, tell, texts } from "./page.ts";

const input = byId<HTMLInputElement>("ort");
const answer = byId("ort-antwort");
/** rows to choose from; more would be a list to search in */
const MOST = 7;

let regions: Promise<Regions> | undefined;
let kreis: string | null = null;
let shown: string | null = null;

function table(): Promise<Regions> {
  regions ??= ready().then(({ sealing, directory }) => sealing.fetchRegions(directory));
  regions.catch(() => {
    regions = undefined;
  });
  return regions;
}

const fold = (text: string): string =>
  text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/ß/g, "ss").replace(/(a|o|u)e/g, "$1");

type Option = Pick<Place, "id" | "name">;

/** Places to confirm or to choose from. `taken` is checked already; the last row says that one does not know. */
function offer(question: string, options: readonly Option[], taken: string | null, unsure: string | null): void {
  kreis = taken ?? unsure;
  const rows: [string | null, string][] = [...options.map(({ id, name }): [string, string] => [id, name]), [unsure, say("place_unsure")]];
  const picks = rows.map(([id, name]) => pick("radio", "kreis", taken !== null && id === taken, name, [], () => (kreis = id)));
  answer.replaceChildren(make("fieldset", "box", make("legend", "", question), make("div", "picks", ...picks)));
}

/** Somebody who does not know the Kreis may still mean one Land only. */
function commonLand(options: readonly Option[]): string | null {
  const lands = new Set(options.map(({ id }) => id.slice(0, 3)));
  return lands.size === 1 ? [...lands][0]! : null;
}

function offerPostcode(known: Regions, digits: string): boolean {
  const found = known.byPostcode(digits);
  if (found.length > 1) offer(say("place_which"), found, null, commonLand(found));
  // Even one Kreis is only a finding: no list of postcodes is complete.
  else if (found[0]) offer(say("place_found"), [found[0], ...known.near(digits).filter(({ id }) => id !== found[0]!.id)].slice(0, MOST), found[0].id, null);
  else tell(answer, texts.faults[digits.length === 5 ? "place_unknown" : "place_short"]);
  return found.length > 0;
}

function offerName(known: Regions, typed: string, final: boolean): boolean {
  const wanted = fold(typed);
  const found: Option[] = [...known.lands.filter(({ name }) => fold(name) === wanted), ...known.places.filter(({ name }) => fold(name).includes(wanted))];
  if (found.length > 0) offer(say("place_kreise"), found.slice(0, MOST), found.length === 1 ? found[0]!.id : null, commonLand(found));
  // A name that is still growing is not called unknown.
  else tell(answer, final || typed.length > 4 ? texts.faults["kreis_unknown"] : "");
  return found.length > 0;
}

/** Looks up what stands in the field. `final`: the person is done, so that what we do not know is said. False: it was said. */
async function understand(final: boolean): Promise<boolean> {
  const typed = input.value.trim();
  if (typed === shown) return true;
  const digits = typed.replace(/[^0-9]/g, "");
  const tooShort = digits ? digits.length < 5 : typed.length < 3;
  shown = null;
  kreis = null;
  if (!typed || (tooShort && !final)) {
    tell(answer);
    return !typed;
  }
  const known = await table();
  if (input.value.trim() !== typed) return true;
  const found = digits ? offerPostcode(known, digits) : offerName(known, typed, final);
  if (found) shown = typed;
  return found;
}

/** The chosen Kreis, a Land, or null for nothing said; undefined when the field holds something that we do not know (and have said so). */
export async function chosenPlace(): Promise<string | null | undefined> {
  try {
    return (await understand(true)) ? kreis : undefined;
  } catch (error) {
    // Without the table nobody is held up: the team can ask.
    if (!isClientError(error)) throw error;
    tell(answer, faultSentence(error));
    return null;
  }
}

export function watchPlace(): void {
  input.addEventListener("focus", () => void table().catch(() => undefined), { once: true });
  input.addEventListener("input", () => void understand(false).catch((error) => tell(answer, faultSentence(error))));
  // Nothing on "change": a sentence appearing between press and release would move the button from under the finger.
}

export function forgetPlace(): void {
  input.value = "";
  kreis = null;
  shown = null;
  answer.replaceChildren();
}
