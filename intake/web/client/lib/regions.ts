/** Postcodes and Kreise, fetched only when somebody uses the place field. What is typed there never leaves the browser. */
import { fromUtf8, sha256, toHex } from "./bytes.ts";
import type { Directory } from "./directory.ts";
import { ClientError } from "./errors.ts";
import { getBytes } from "./line.ts";
import { integer, list, object, oneOf, readJson, record, text, tuple } from "./schema.ts";

/** A Kreis: NUTS-3 id such as DE80M, its name, its Land ("DE8") and that Land's name. */
export interface Place {
  readonly id: string;
  readonly name: string;
  readonly land: string;
  readonly landName: string;
}

const name = text(200, 1);
const number = integer(0, 99_999);
const tableReader = object({
  format: oneOf(["erstkontakt-regions/1"]),
  lands: record(/^DE[A-Z0-9]$/, name, 16),
  /** name, then the postcodes: a first number and the gaps after it */
  kreise: record(/^DE[A-Z0-9]{3}$/, tuple(name, list(number, 20_000)), 1000),
});

export class Regions {
  /** all Kreise by name */
  readonly places: readonly Place[];
  readonly lands: readonly { readonly id: string; readonly name: string }[];
  readonly #byPostcode = new Map<string, Place[]>();

  constructor(table: ReturnType<typeof tableReader>) {
    const places: Place[] = [];
    for (const [id, [name, gaps]] of Object.entries(table.kreise)) {
      const place = { id, name, land: id.slice(0, 3), landName: table.lands[id.slice(0, 3)] ?? "" };
      places.push(place);
      let code = 0;
      for (const gap of gaps) {
        code += gap;
        const postcode = String(code).padStart(5, "0");
        this.#byPostcode.set(postcode, [...(this.#byPostcode.get(postcode) ?? []), place]);
      }
    }
    const order = new Intl.Collator("de").compare;
    this.places = places.sort((a, b) => order(a.name, b.name));
    this.lands = Object.entries(table.lands)
      .map(([id, name]) => ({ id, name }))
      .sort((a, b) => order(a.name, b.name));
  }

  /** Kreise of a postcode as somebody typed it ("18055", "D-18055", "18 055"). None: unknown; several: ask, with "weiß ich nicht". */
  byPostcode(typed: string): Place[] {
    const postcode = /^(?:de?[-\s]*)?([0-9]{5})$/i.exec(typed.slice(0, 40).replace(/ /g, ""))?.[1];
    return this.#byPostcode.get(postcode ?? "") ?? [];
  }

  /** Kreise that share the first three digits, for somebody who says that the Kreis found is not theirs. */
  near(postcode: string): Place[] {
    const area = postcode.slice(0, 3);
    const ids = new Set([...this.#byPostcode].flatMap(([code, places]) => (code.startsWith(area) ? places.map(({ id }) => id) : [])));
    return area.length < 3 ? [] : this.places.filter(({ id }) => ids.has(id));
  }

  byId(id: string): Place | undefined {
    return this.places.find((place) => place.id === id);
  }
}

/** The region table whose hash stands in the directory. Throws network, unavailable, directory_forged. */
export async function fetchRegions(directory: Directory): Promise<Regions> {
  const blob = await getBytes("/orte", 8 * 1024 * 1024);
  if (toHex(sha256(blob)) !== directory.regionsHash) throw new ClientError("directory_forged", "region table");
  return new Regions(readJson(tableReader, fromUtf8(blob), "directory_malformed"));
}
