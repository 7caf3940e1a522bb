/** The page script of tests/browser/test_library.py: the way of a page, on a running house. */
import { adopt, isClientError, ready } from "../lib/load.ts";
import type { ContactForm, Mailbox, PreparedCode, Receipt, SealedContact } from "../lib/sealing.ts";

const form = (text: string, change: Partial<ContactForm> = {}): ContactForm => ({ lang: "de", role: "relative", phenomena: ["RE"], kreis: "DE80M", text, urgent: false, onlyCivil: false, notCarriers: [], ...change });

let code: PreparedCode;
let sealed: SealedContact;
let receipt: Receipt;
let mailbox: Mailbox;

/** Runs `step`; a known failure is given back as its code. */
const told =
  <A extends unknown[], R>(step: (...args: A) => Promise<R>) =>
  async (...args: A): Promise<R | string> => {
    try {
      return await step(...args);
    } catch (error) {
      if (isClientError(error)) return error.code;
      throw error;
    }
  };

const page = {
  async ready(): Promise<{ version: number; teams: number }> {
    const { directory } = await ready();
    return { version: directory.version, teams: directory.teams.length };
  },
  async candidates(change: Partial<ContactForm>): Promise<{ candidates: string[]; alternatives: string[] }> {
    const { sealing, directory } = await ready();
    const { candidates, alternatives } = sealing.lookUp(directory.routing, sealing.questionOf(form("", change), directory, new Date()));
    return { candidates: candidates.map(({ team }) => team), alternatives: alternatives.map(({ team, reason }) => `${team} ${reason}`) };
  },
  async places(postcode: string): Promise<string[]> {
    const { sealing, directory } = await ready();
    return (await sealing.fetchRegions(directory)).byPostcode(postcode).map(({ id, name }) => `${id} ${name}`);
  },
  async seal(team: string, text: string, change: Partial<ContactForm> = {}): Promise<number> {
    const { sealing, directory } = await ready();
    code ??= await sealing.prepareCode(directory);
    sealed = await sealing.sealContact(directory, code, team, form(text, change));
    return sealed.envelope.length;
  },
  async send(): Promise<{ words: readonly string[]; answerBy: string | null; eraseOn: string | null; sealedAgain: boolean; version: number }> {
    const { sealing } = await ready();
    receipt = await sealing.sendContact(sealed);
    await adopt(receipt.directory);
    return { words: receipt.words, answerBy: receipt.answerBy, eraseOn: receipt.eraseOn, sealedAgain: receipt.sealedAgain, version: (await ready()).directory.version };
  },
  async open(typed: string): Promise<{ ms: number; state: string; team: string | null; entries: unknown[]; movable: boolean }> {
    const { sealing, directory } = await ready();
    const start = performance.now();
    mailbox = await sealing.openMailbox(directory, typed);
    const entries = mailbox.entries.map(({ author, trust, text, team }) => [author, trust, text, team?.id ?? null]);
    return { ms: performance.now() - start, state: mailbox.state, team: mailbox.team?.id ?? null, entries, movable: mailbox.movable };
  },
  write: (text: string): Promise<number> => mailbox.write(text),
  move: (team: string): Promise<void> => mailbox.moveTo(team),
  erase: (): Promise<void> => mailbox.erase(),
};

Object.assign(window, { vectors: Object.fromEntries(Object.entries(page).map(([name, step]) => [name, told(step as (...args: unknown[]) => Promise<unknown>)])) });
