/**
 * Sends sealed texts exactly once. A double tap joins the first sending; after an answer that never came, the same
 * envelope is looked for at the server before it is sent again.
 */
import { toHex, sha256, utf8 } from "../lib/bytes.ts";
import { type Api, ApiError } from "./api.ts";
import { Drafts, type LetterKind } from "./drafts.ts";

interface Unsure { readonly digest: string; readonly envelope: string }

export class Sending {
  readonly #api: Api;
  readonly #running = new Map<string, Promise<void>>();
  readonly #unsure = new Map<string, Unsure>();

  constructor(api: Api) {
    this.#api = api;
  }

  forget(): void {
    this.#unsure.clear();
  }

  /** `sealed` is asked for only when nothing is on its way. Throws ApiError, ClientError. */
  send(mailbox: string, kind: LetterKind, text: string, sealed: () => Promise<string>): Promise<void> {
    const key = Drafts.key(mailbox, kind);
    const running = this.#running.get(key);
    if (running) return running;
    const sending = this.#once(key, mailbox, kind, text, sealed).finally(() => this.#running.delete(key));
    this.#running.set(key, sending);
    return sending;
  }

  async #once(key: string, mailbox: string, kind: LetterKind, text: string, sealed: () => Promise<string>): Promise<void> {
    const digest = toHex(sha256(utf8(text)));
    const before = this.#unsure.get(key);
    const again = before?.digest === digest ? before : null;
    if (again !== null) {
      const { entries } = await this.#api.contact(mailbox);
      if (entries.some((entry) => entry.envelope === again.envelope)) {
        this.#unsure.delete(key);
        return;
      }
    }
    const envelope = again?.envelope ?? (await sealed());
    this.#unsure.set(key, { digest, envelope });
    try {
      await (kind === "answer" ? this.#api.answer(mailbox, envelope) : this.#api.note(mailbox, envelope));
      this.#unsure.delete(key);
    } catch (error) {
      if (!(error instanceof ApiError) || !error.uncertain) this.#unsure.delete(key);
      throw error;
    }
  }
}
