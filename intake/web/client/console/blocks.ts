/** The text blocks of a team: one sealed sheet that only the team can read. */
import { type Bytes, fromBase64, toBase64 } from "../lib/bytes.ts";
import { inspect, Kind, open, seal } from "../lib/envelope.ts";
import { isClientError } from "../lib/errors.ts";
import { type BlocksPayload, blocksPayload, readBlocks } from "../lib/payloads.ts";
import type { Api } from "./api.ts";
import { type Keyring, teamContext } from "./keys.ts";

export type Block = BlocksPayload["blocks"][number];
/** `standing` other than genuine: the sheet stored at the server is not one of ours, and nothing of it is shown. */
export interface Sheet { readonly blocks: readonly Block[]; readonly standing: "genuine" | "forged" | "unreadable" }

export class Blocks {
  readonly #api: Api;
  readonly #known = new Map<string, Sheet>();

  constructor(api: Api) {
    this.#api = api;
  }

  forget(): void {
    this.#known.clear();
  }

  /** The team's blocks; from memory once they were read. Throws ApiError. */
  async of(team: string, keyring: Keyring, signers: readonly Bytes[], fresh = false): Promise<Sheet> {
    const known = this.#known.get(team);
    if (known && !fresh) return known;
    const { envelope } = await this.#api.blocks(team);
    const sheet: Sheet = envelope === null ? { blocks: [], standing: "genuine" } : await openSheet(envelope, team, keyring, signers);
    this.#known.set(team, sheet);
    return sheet;
  }

  /** Seals and stores all blocks of the team. Throws ApiError; ClientError too_large. */
  async save(team: string, blocks: readonly Block[], keyring: Keyring): Promise<void> {
    const writer = keyring.writer(team);
    if (writer === null) throw new Error("no key to write with");
    await this.#api.saveBlocks(team, toBase64(await seal(Kind.BLOCKS, teamContext(team), blocksPayload([...blocks]), [writer], writer)));
    this.#known.set(team, { blocks, standing: "genuine" });
  }
}

async function openSheet(envelope: string, team: string, keyring: Keyring, signers: readonly Bytes[]): Promise<Sheet> {
  try {
    const bytes = fromBase64(envelope);
    const { kind, kids } = inspect(bytes);
    const reader = keyring.reader(team, kids);
    if (kind !== Kind.BLOCKS || reader === null) return { blocks: [], standing: "unreadable" };
    const { payload } = await open(bytes, reader, { context: teamContext(team), senders: signers });
    return { blocks: readBlocks(payload).blocks, standing: "genuine" };
  } catch (error) {
    return { blocks: [], standing: isClientError(error, "signature_forged") ? "forged" : "unreadable" };
  }
}
