/**
 * What a counsellor has begun to write. Kept in memory only. While the console is locked a draft is sealed to the
 * member's own key, so that nobody who picks up the phone finds it, and only the same member gets it back.
 */
import { type Bytes, fromUtf8, utf8 } from "../lib/bytes.ts";
import { Kind, open, seal } from "../lib/envelope.ts";
import type { Identity } from "../lib/identity.ts";
import { memberContext } from "./keys.ts";
import { Store, useStore } from "./store.ts";

export type LetterKind = "answer" | "note";
/** `covering` and `consent`: the letter to another team, and the words in which the person agreed. */
export type DraftKind = LetterKind | "covering" | "consent";

export class Drafts {
  readonly texts = new Store<ReadonlyMap<string, string>>(new Map());
  #sealed: { readonly member: string; readonly envelope: Promise<Bytes> } | null = null;

  static key(mailbox: string, kind: DraftKind): string {
    return `${mailbox}/${kind}`;
  }

  read(mailbox: string, kind: DraftKind): string {
    return this.texts.get().get(Drafts.key(mailbox, kind)) ?? "";
  }

  write(mailbox: string, kind: DraftKind, text: string): void {
    const next = new Map(this.texts.get());
    if (text === "") next.delete(Drafts.key(mailbox, kind));
    else next.set(Drafts.key(mailbox, kind), text);
    this.texts.set(next);
  }

  /** Whether something is begun for this contact. */
  has(mailbox: string): boolean {
    return [...this.texts.get().keys()].some((key) => key.startsWith(`${mailbox}/`));
  }

  /** Whether leaving the page would lose something. */
  get any(): boolean {
    return this.#sealed !== null || this.texts.get().size > 0;
  }

  forget(): void {
    this.texts.set(new Map());
    this.#sealed = null;
  }

  /** Takes the texts out of sight at once; what is held until `unlock` is one envelope. */
  lock(memberId: string, member: Identity): void {
    const texts = [...this.texts.get()];
    this.texts.set(new Map());
    if (texts.length === 0) return;
    this.#sealed = { member: memberId, envelope: seal(Kind.NOTE, memberContext(memberId), utf8(JSON.stringify(texts)), [member], member) };
  }

  /** Gives the drafts back to the member who wrote them; anybody else's are erased. */
  async unlock(memberId: string, member: Identity): Promise<void> {
    const sealed = this.#sealed;
    this.#sealed = null;
    if (sealed === null || sealed.member !== memberId) return;
    const opened = await open(await sealed.envelope, member, { context: memberContext(memberId), senders: [member.verify] });
    this.texts.set(new Map(JSON.parse(fromUtf8(opened.payload)) as [string, string][]));
  }
}

/** A text of one contact and how to change it: no refresh, no closed dialog and no lock takes away what was typed. */
export function useDraft(drafts: Drafts, mailbox: string, kind: DraftKind): [string, (text: string) => void] {
  useStore(drafts.texts);
  return [drafts.read(mailbox, kind), (text) => drafts.write(mailbox, kind, text)];
}
