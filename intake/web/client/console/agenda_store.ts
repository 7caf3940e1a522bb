/**
 * The plan of the day as it was last seen, and an OK that could not be sent: in memory only, gone when the console is locked or closed. So there
 * is still a plan in the cellar of a house without a network, and nothing of it on the device.
 */
import { ApiError } from "./api.ts";
import type { DayItem } from "./appointments_api.ts";
import { now } from "./clock.ts";
import { Store } from "./store.ts";
import type { Said, Visit, VisitsApi } from "./visits_api.ts";

export interface Seen { readonly first: string; readonly days: number; readonly items: readonly DayItem[]; readonly at: string }
/** `said` null: still on its way. */
export interface Waiting { readonly visit: Visit; readonly pin: string; readonly at: string; readonly said: Said | null; readonly arrived: string | null }

export class AgendaStore {
  /** What was looked at; whoever comes back from an entry finds it again. `day` null: today. */
  readonly looked = new Store<{ readonly week: boolean; readonly day: string | null; readonly onlyMine: boolean }>({ week: false, day: null, onlyMine: false });
  readonly seen = new Store<readonly Seen[]>([]);
  readonly waiting = new Store<Waiting | null>(null);
  readonly #visits: VisitsApi;
  #sending = false;

  constructor(visits: VisitsApi) {
    this.#visits = visits;
  }

  keep(seen: Seen): void {
    this.seen.set([seen, ...this.seen.get().filter(({ first, days }) => first !== seen.first || days !== seen.days)].slice(0, 12));
  }

  find(first: string, days: number): Seen | null {
    return this.seen.get().find((one) => one.first === first && one.days === days) ?? null;
  }

  /** Says "I am well". Without a network it is kept, with its time, and sent as soon as there is one: null. The check-in's number makes a repetition harmless. */
  async ok(visit: Visit, pin: string): Promise<Said | null> {
    try {
      const said = await this.#visits.ok(visit, pin);
      this.waiting.set(null);
      return said;
    } catch (problem) {
      if (!(problem instanceof ApiError && problem.uncertain)) throw problem;
      this.waiting.set({ visit, pin, at: now().toISOString(), said: null, arrived: null });
      return null;
    }
  }

  async send(): Promise<void> {
    const kept = this.waiting.get();
    if (kept === null || kept.said !== null || this.#sending) return;
    this.#sending = true;
    try {
      const said = await this.#visits.ok(kept.visit, kept.pin);
      if (this.waiting.get() === kept) this.waiting.set({ ...kept, pin: "", said, arrived: now().toISOString() });
    } catch (problem) {
      if (!(problem instanceof ApiError && problem.uncertain) && this.waiting.get() === kept) this.waiting.set(null);
    } finally {
      this.#sending = false;
    }
  }

  forget(): void {
    this.looked.set({ week: false, day: null, onlyMine: false });
    this.seen.set([]);
    this.waiting.set(null);
  }
}
