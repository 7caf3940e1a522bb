/** Postcodes and Kreise, fetched only when somebody uses the place field. What is typed there never leaves the browser. */
import { fromUtf8, sha256, toHex } from "./bytes.ts";
import type { Directory } from "./directory.ts";
import { ClientError } from "./errors.ts";
import { getBytes } from "./line.ts";
import { list, matching, object, readJson, record, text } from "./schema.ts";

/** A Kreis: NUTS-3 id such as DE80M, its name, its Land ("DE8") and that Land's name. */
export interface Place {
  readonly id: string;
  readonly name: string;
  readonly land: string;
  readonly landName: string;
}

const kreis = matching(/^DE[A-Z0-9]{3}$/);
const name = text(200, 1);
const tableReader = object({
  lands: record(/^DE[A-Z0-9]$/, name, 16),
  kreise: record(/^DE[A-Z0-9]{3}$/, name, 1000),
  postcodes: record(/^\d{5}$/, list(kreis, 20), 20_000),
});

export class Regions {
  /** all Kreise by name */
  readonly places: readonly Place[];
  readonly lands: readonly { readonly id: string; readonly name: string }[];
  readonly #byId: ReadonlyMap<string, Place>;
  readonly #postcodes: Readonly<Record<string, readonly string[]>>;

  constructor(table: ReturnType<typeof tableReader>) {
    const order = new Intl.Collator("de").compare;
    const all = Object.entries(table.kreise).map(([id, name]) => ({ id, name, land: id.slice(0, 3), landName: table.lands[id.slice(0, 3)] ?? "" }));
    this.places = all.sort((a, b) => order(a.name, b.name));
    this.lands = Object.entries(table.lands)
      .map(([id, name]) => ({ id, name }))
      .sort((a, b) => order(a.name, b.name));
    this.#byId = new Map(all.map((place) => [place.id, place]));
    this.#postcodes = table.postcodes;
  }

  /** Kreise of a five-digit postcode; none: unknown in Germany; several: ask the person, with "weiß ich nicht". */
  byPostcode(typed: string): Place[] {
    const ids = this.#postcodes[typed.replace(/\s/g, "")] ?? [];
    return ids.flatMap((id) => this.#byId.get(id) ?? []);
  }

  byId(id: string): Place | undefined {
    return this.#byId.get(id);
  }
}

/** The region table whose hash stands in the directory. Throws network, unavailable, directory_forged. */
export async function fetchRegions(directory: Directory): Promise<Regions> {
  const blob = await getBytes("/orte", 8 * 1024 * 1024);
  if (toHex(sha256(blob)) !== directory.regionsHash) throw new ClientError("directory_forged", "region table");
  return new Regions(readJson(tableReader, fromUtf8(blob), "directory_malformed"));
}
