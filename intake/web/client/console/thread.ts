/** One contact, opened in the browser: what was written, by whom, and whether the signature says the same. */
import { type Bytes, fromBase64, fromHex, fromUtf8, toBase64 } from "../lib/bytes.ts";
import { contentKeyOf, inspect, Kind, openWithKey, seal } from "../lib/envelope.ts";
import { isClientError } from "../lib/errors.ts";
import type { Identity } from "../lib/identity.ts";
import { answerPayload, type ContactPayload, notePayload, readAnswer, readContact, readMessage, readNote } from "../lib/payloads.ts";
import type { Contact, Entry } from "./api.ts";
import { now } from "./clock.ts";
import type { GivenKeys } from "./handover.ts";
import type { Keyring } from "./keys.ts";

/** What the person told with the first message, and the keys their answers are sealed to. */
export type Facts = Omit<ContactPayload, "text" | "sent" | "v">;

/**
 * genuine: signed by whom it says. forged: signature, kind or author do not fit together; its text is not kept.
 * unreadable: damaged. missing: sealed to a key of the team that this member does not hold.
 */
export type Standing = "genuine" | "forged" | "unreadable" | "missing";

export interface Item {
  readonly id: string;
  readonly number: number;
  readonly author: Entry["author"];
  readonly day: string;
  readonly standing: Standing;
  readonly text: string;
  /** What the sender wrote as the time of sending; ISO, or empty. */
  readonly sent: string;
  /** Answers: the name the person reads. Notes: who says to have written it; the signature is the team's. */
  readonly by: string;
}

export interface Thread { readonly items: readonly Item[]; readonly facts: Facts | null }

type Told = Pick<Item, "text" | "sent" | "by">;
class Misplaced extends Error {}

const KINDS: Readonly<Record<Entry["author"], readonly Kind[]>> = {
  person: [Kind.CONTACT, Kind.MESSAGE],
  team: [Kind.ANSWER],
  note: [Kind.NOTE],
};

/** Opens all entries, in the order given; `given`: content keys that another team handed over. Throws nothing: every entry has its own standing. */
export async function openThread(contact: Contact, keyring: Keyring, teamSigners: readonly Bytes[], given: GivenKeys = new Map()): Promise<Thread> {
  const context = fromHex(contact.mailbox);
  const items: Item[] = [];
  let facts: Facts | null = null;
  for (const [index, entry] of contact.entries.entries()) {
    const bare = { id: `${entry.author}-${entry.number}`, number: entry.number, author: entry.author, day: entry.day, text: "", sent: "", by: "" };
    try {
      const envelope = fromBase64(entry.envelope);
      const { kind, kids } = inspect(envelope);
      // Only the very first entry may bring its own key; a later one would let the server put words into the person's mouth.
      const first = index === 0 && kind === Kind.CONTACT && entry.author === "person";
      if (!KINDS[entry.author].includes(kind) || (kind === Kind.CONTACT && !first)) throw new Misplaced();
      const reader = keyring.reader(contact.team, kids);
      const key = reader === null ? given.get(entry.number) : await contentKeyOf(envelope, reader, context);
      if (key === undefined || (reader === null && entry.author === "note")) {
        items.push({ ...bare, standing: "missing" });
        continue;
      }
      let told: Told;
      if (first) {
        const { payload } = await openWithKey(envelope, key, { context });
        facts = readContact(payload);
        told = tell(payload, readContact(payload));
      } else {
        const senders = entry.author === "person" ? personSigner(facts) : teamSigners;
        const { payload } = await openWithKey(envelope, key, { context, senders });
        told = tell(payload, kind === Kind.MESSAGE ? readMessage(payload) : kind === Kind.ANSWER ? readAnswer(payload) : readNote(payload));
      }
      items.push({ ...bare, ...told, standing: "genuine" });
    } catch (error) {
      const forged = error instanceof Misplaced || isClientError(error, "signature_forged");
      items.push({ ...bare, standing: forged ? "forged" : "unreadable" });
    }
  }
  return { items, facts };
}

function personSigner(facts: Facts | null): Bytes[] {
  return facts === null ? [] : [fromBase64(facts.keys.verify)];
}

/** The text as it was signed: the shared readers take out control characters, but a counsellor shall see that there were some. */
function tell(payload: Bytes, checked: { readonly sent: string; readonly by?: string; readonly from?: string }): Told {
  const { text } = JSON.parse(fromUtf8(payload)) as { text: string };
  return { text, sent: checked.sent, by: checked.by ?? checked.from ?? "" };
}

/** Seals an answer to the person and the team, signed by the team. Base64. Throws ClientError empty_text, too_large. */
export async function sealAnswer(mailbox: string, text: string, from: string, facts: Facts, team: Identity): Promise<string> {
  const person = { kem: fromBase64(facts.keys.kem) };
  return toBase64(await seal(Kind.ANSWER, fromHex(mailbox), answerPayload(text, from, now()), [person, team], team));
}

/** Seals a note that only the team can read. Base64. Throws ClientError empty_text, too_large. */
export async function sealNote(mailbox: string, text: string, by: string, team: Identity): Promise<string> {
  return toBase64(await seal(Kind.NOTE, fromHex(mailbox), notePayload(text, by, now()), [team], team));
}
