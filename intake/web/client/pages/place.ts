/** The place field. What is typed here stays on the device: the table comes to the browser, and only when the field is used. */
import { isClientError, ready } from "../lib/load.ts";
import type { Place, Regions } from "../lib/sealing.ts";
import { byId, faultSentence, make, pick, say, tell, texts } from "./page.ts";

const input = byId<HTMLInputElement>("ort");
const answer = byId("ort-antwort");

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

/** Options to confirm or to choose from; the first is taken for granted only when it is the only one. */
function offer(options: readonly Option[], question: string): void {
  const lands = [...new Set(options.map(({ id }) => id.slice(0, 3)))];
  const unsure = lands.length === 1 && options.length > 1 ? lands[0]! : null;
  kreis = options.length === 1 ? options[0]!.id : unsure;
  const rows = [...options.map(({ id, name }) => [id, name] as const), [unsure, say("place_unsure")] as const];
  const picks = rows.map(([id, name]) => pick("radio", "kreis", options.length === 1 && id === kreis, name, "", () => (kreis = id)));
  const group = make("fieldset", "", make("legend", "", question), make("div", "picks", ...picks));
  answer.replaceChildren(group);
}

/** Looks up what stands in the field. `final`: the person is done, so what we do not know is said. Gives false when it should be said. */
async function understand(final: boolean): Promise<boolean> {
  const typed = input.value.trim();
  if (typed === shown) return true;
  const digits = typed.replace(/\s/g, "");
  const postcode = /^(d-?)?\d+$/i.test(digits);
  if (!typed || (!final && (postcode ? digits.length < 5 : typed.length < 3))) {
    kreis = null;
    shown = null;
    tell(answer);
    return !typed || !final;
  }
  const known = await table();
  if (input.value.trim() !== typed) return true;
  const wanted = fold(typed);
  const places = postcode
    ? known.byPostcode(digits.replace(/\D/g, ""))
    : [...known.lands.filter(({ name }) => fold(name) === wanted), ...known.places.filter(({ name }) => fold(name).includes(wanted))].slice(0, 6);
  kreis = null;
  if (places.length === 0) {
    shown = null;
    tell(answer, postcode ? texts.faults[digits.replace(/\D/g, "").length === 5 ? "place_unknown" : "place_short"] : final || typed.length > 4 ? texts.faults["kreis_unknown"] : "");
    return false;
  }
  shown = typed;
  offer(places, postcode ? (places.length > 1 ? say("place_which") : say("place_found")) : say("place_kreise"));
  return true;
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
  input.addEventListener("change", () => void understand(true).catch(() => undefined));
}

export function forgetPlace(): void {
  input.value = "";
  kreis = null;
  shown = null;
  answer.replaceChildren();
}
