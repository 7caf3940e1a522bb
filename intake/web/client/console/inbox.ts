/** The list of contacts: pages of fifty, and quiet looking for news. */
import { type Api, ApiError, type Box, type ContactRow, type Counts } from "./api.ts";
import { Store } from "./store.ts";

export interface InboxState {
  readonly box: Box;
  readonly team: string | null;
  /** Pages as they came; the view draws only those near the screen. */
  readonly pages: readonly (readonly ContactRow[])[];
  readonly next: string | null;
  readonly counts: Counts | null;
  readonly loading: boolean;
  readonly error: string | null;
  /** Contacts that have come since, and are not shown so that nothing moves under the thumb. */
  readonly fresh: number;
  /** Something urgent among them. */
  readonly freshUrgent: boolean;
}

const EMPTY: InboxState = { box: "new", team: null, pages: [], next: null, counts: null, loading: false, error: null, fresh: 0, freshUrgent: false };

export const POLL = { shortest: 15_000, longest: 60_000, failing: 300_000, slower: 1.3 };

export class Inbox {
  readonly state = new Store<InboxState>(EMPTY);
  readonly #api: Api;
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause = POLL.shortest;
  #running = false;
  /** True while the top of the list is in view and nobody works in it: news may then appear by themselves. */
  atRest = () => true;
  /** Told about contacts that arrived while the console was open. */
  onNews: (count: number, urgent: boolean) => void = () => {};

  constructor(api: Api) {
    this.#api = api;
  }

  forget(): void {
    this.stop();
    this.#asked += 1;
    this.state.set(EMPTY);
  }

  /** Shows a box, from the first page on. */
  async show(box: Box, team: string | null): Promise<void> {
    const before = this.state.get();
    const same = before.box === box && before.team === team;
    this.state.set({ ...before, box, team, loading: true, error: null, ...(same ? {} : { pages: [], next: null, fresh: 0, freshUrgent: false }) });
    await this.#load(null);
  }

  /** The first page again, keeping what is on the screen until it has come. */
  refresh = (): Promise<void> => this.show(this.state.get().box, this.state.get().team);

  /** What was learnt about one contact elsewhere. `gone`: it has left this box. The rest of the list stays where it is. */
  learn(row: ContactRow, gone = false): void {
    const { pages } = this.state.get();
    if (!pages.some((page) => page.some(({ mailbox }) => mailbox === row.mailbox))) return;
    this.state.change({ pages: pages.map((page) => page.flatMap((each) => (each.mailbox !== row.mailbox ? each : gone ? [] : row))) });
  }

  async more(): Promise<void> {
    const { next, loading } = this.state.get();
    if (next === null || loading) return;
    this.state.change({ loading: true, error: null });
    await this.#load(next);
  }

  async #load(after: string | null): Promise<void> {
    const asked = (this.#asked += 1);
    const { box, team } = this.state.get();
    try {
      const page = await this.#api.contacts(box, team, after);
      if (asked !== this.#asked) return; // something newer was asked for meanwhile
      const { pages } = this.state.get();
      const known = new Set(after === null ? [] : pages.flat().map((row) => row.mailbox));
      const rows = page.contacts.filter((row) => !known.has(row.mailbox));
      this.state.change({
        pages: after === null ? [rows] : [...pages, rows], next: page.next, counts: page.counts, loading: false,
        ...(after === null ? { fresh: 0, freshUrgent: false } : {}),
      });
    } catch (error) {
      if (asked === this.#asked) this.state.change({ loading: false, error: error instanceof ApiError ? error.message : String(error) });
    }
  }

  /** Starts looking for news: every 15 s, slower while nothing happens, much slower while the server cannot be reached. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.hurry();
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  /** Somebody is looking again: back to the short pause. */
  hurry(): void {
    this.#pause = POLL.shortest;
    this.#plan();
  }

  #plan(): void {
    clearTimeout(this.#timer);
    // Spread a little, so that a team's phones do not all knock in the same second.
    if (this.#running) this.#timer = setTimeout(() => void this.look(), this.#pause * (0.9 + Math.random() * 0.2));
  }

  /** One look for news. Never moves a list that somebody is working in. */
  async look(): Promise<void> {
    const before = this.state.get();
    if (before.loading) return this.#plan();
    const asked = this.#asked;
    try {
      const page = await this.#api.contacts(before.box, before.team, null);
      if (asked !== this.#asked || !this.#running) return;
      this.#merge(page.contacts, page.next, page.counts);
      this.#pause = Math.min(this.#pause * POLL.slower, POLL.longest);
    } catch {
      this.#pause = Math.min(this.#pause * 2, POLL.failing); // told by the next thing the counsellor does
    }
    this.#plan();
  }

  #merge(rows: readonly ContactRow[], next: string | null, counts: Counts): void {
    const { pages, counts: countsBefore } = this.state.get();
    const shown = new Map(pages.flat().map((row) => [row.mailbox, row]));
    const news = rows.filter((row) => !shown.has(row.mailbox));
    if (pages.length <= 1 && this.atRest()) {
      this.state.change({ pages: [rows], next, counts, fresh: 0, freshUrgent: false, error: null });
    } else {
      const latest = new Map(rows.map((row) => [row.mailbox, row]));
      const updated = pages.map((page) => page.map((row) => latest.get(row.mailbox) ?? row));
      this.state.change({ pages: updated, counts, fresh: news.length, freshUrgent: news.some((row) => row.urgent), error: null });
    }
    const more = counts.new - (countsBefore?.new ?? counts.new);
    if (more > 0) this.onNews(more, news.some((row) => row.urgent && row.state === "received"));
  }
}
