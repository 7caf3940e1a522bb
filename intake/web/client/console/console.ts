/** Everything the console is made of, wired once. Views get at it through `useConsole`. */
import { fetchRegions, type Regions } from "../lib/regions.ts";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { AgendaStore } from "./agenda_store.ts";
import { Alerts } from "./alerts.ts";
import { Api } from "./api.ts";
import { AppointmentsApi } from "./appointments_api.ts";
import { Blocks } from "./blocks.ts";
import { Callbacks } from "./callbacks.ts";
import { Drafts } from "./drafts.ts";
import { FlowsApi } from "./flows_api.ts";
import { HandoverApi, type Offer } from "./handover.ts";
import { Inbox } from "./inbox.ts";
import { PeopleApi } from "./people_api.ts";
import { Cases } from "./cases.ts";
import { RotaApi } from "./rota_api.ts";
import { Router } from "./router.ts";
import { Sending } from "./sending.ts";
import { type OpenSession, Session } from "./session.ts";
import { Statistics } from "./statistics_api.ts";
import { Store } from "./store.ts";
import { VisitsApi } from "./visits_api.ts";
import { t, tn } from "./words.ts";

/** A page nobody looks at is locked after this, even if the lock is set to more. */
const SEND_AGAIN_MS = 10_000;
const HIDDEN_TOO_LONG_MS = 120_000;

export interface Toast { readonly id: number; readonly text: string; readonly undo: (() => void) | null }

export class Console {
  readonly api = new Api();
  readonly drafts = new Drafts();
  readonly router = new Router();
  readonly session: Session;
  readonly inbox = new Inbox(this.api);
  readonly rota = new RotaApi(this.api);
  readonly people = new PeopleApi(this.api);
  readonly handovers = new HandoverApi(this.api);
  /** What other teams offer to ours. */
  readonly offered = new Store<readonly Offer[]>([]);
  readonly alerts = new Alerts(this.rota);
  readonly visits = new VisitsApi(this.api);
  readonly appointments = new AppointmentsApi(this.api);
  readonly agenda = new AgendaStore(this.visits);
  /** The team whose duty is looked at. */
  readonly dutyTeam = new Store<string>("");
  readonly blocks = new Blocks(this.api);
  readonly flows = new FlowsApi(this.api);
  readonly statistics = new Statistics(this.api);
  readonly cases = new Cases(this.api);
  readonly callbacks = new Callbacks(this.api);
  readonly sending = new Sending(this.api);
  readonly toast = new Store<Toast | null>(null);
  /** Said to screen readers, politely. */
  readonly spoken = new Store<string>("");
  readonly exit: string;
  #hiddenAt: number | null = null;
  #toasts = 0;
  #regions: Promise<Regions> | null = null;

  constructor(root: string, exit: string) {
    this.session = new Session(this.api, this.drafts, root);
    this.exit = exit;
  }

  /** Starts the clocks and listens to the browser. */
  begin(): void {
    this.router.listen();
    for (const kind of ["pointerdown", "keydown", "input", "wheel", "touchmove"]) addEventListener(kind, () => this.session.used(), { passive: true, capture: true });
    setInterval(() => this.session.tick(), 1000);
    document.addEventListener("visibilitychange", () => this.#seen(!document.hidden));
    addEventListener("online", () => void this.#sendWaiting());
    setInterval(() => void this.#sendWaiting(), SEND_AGAIN_MS);
    addEventListener("pageshow", () => this.#seen(true));
    addEventListener("pagehide", () => this.session.lock("hidden"));
    addEventListener("beforeunload", (event) => {
      if (this.drafts.any) event.preventDefault();
    });
    this.session.phase.watch(() => this.#phaseChanged());
    this.inbox.onNews = (count, urgent) => this.say(urgent ? t("Eine dringende Anfrage ist da.") : tn("{n} neue Anfrage.", "{n} neue Anfragen.", count));
  }

  #seen(visible: boolean): void {
    // Covered while hidden, so that the picture in the list of open apps shows nothing.
    document.documentElement.toggleAttribute("data-covered", !visible);
    if (!visible) {
      this.#hiddenAt ??= Date.now();
      this.inbox.stop();
      setTimeout(() => this.#lockIfHidden(), HIDDEN_TOO_LONG_MS);
      return;
    }
    this.#lockIfHidden();
    this.#hiddenAt = null;
    this.session.tick();
    if (this.session.current !== null) {
      this.inbox.start();
      void this.inbox.look();
    }
  }

  async #sendWaiting(): Promise<void> {
    if (this.session.current !== null) await this.agenda.send();
  }

  #lockIfHidden(): void {
    if (this.#hiddenAt !== null && Math.abs(Date.now() - this.#hiddenAt) >= HIDDEN_TOO_LONG_MS) this.session.lock("hidden");
  }

  #phaseChanged(): void {
    const phase = this.session.phase.get().name;
    if (phase === "open") {
      this.inbox.start();
      return;
    }
    this.inbox.forget();
    this.offered.set([]);
    this.blocks.forget();
    this.toast.set(null);
    this.spoken.set("");
    if (phase === "login") {
      this.agenda.forget();
      this.router.forget();
      this.sending.forget();
    }
  }

  /** Name of a Kreis, or its code while the table cannot be had. The table is fetched when it is first needed. */
  async placeName(kreis: string): Promise<string> {
    const directory = this.session.current?.directory;
    if (directory === undefined) return kreis;
    try {
      this.#regions ??= fetchRegions(directory);
      return (await this.#regions).byId(kreis)?.name ?? kreis;
    } catch {
      this.#regions = null;
      return kreis;
    }
  }

  /** Looks for offers of other teams; what cannot be asked now is asked the next time. */
  async lookForOffers(): Promise<void> {
    if (this.session.current === null) return;
    const found = await this.handovers.offers().catch(() => null);
    if (found !== null && this.session.current !== null) this.offered.set(found);
  }

  say(text: string): void {
    this.spoken.set("");
    setTimeout(() => this.spoken.set(text), 60); // the same sentence twice is spoken twice
  }

  show(text: string, undo: (() => void) | null = null): void {
    this.#toasts += 1;
    this.toast.set({ id: this.#toasts, text, undo });
  }

  /** Away, at once: keys, texts and page gone; nothing of the console stays in the way back. */
  leave(): void {
    this.session.leave();
    document.body.replaceChildren();
    location.replace(this.exit);
  }
}

export const ConsoleContext = createContext<Console | null>(null);

export function useConsole(): Console {
  const found = useContext(ConsoleContext);
  if (found === null) throw new Error("outside the console");
  return found;
}

/** The open session; only for views that are drawn while there is one. */
export function useSession(): OpenSession {
  const session = useConsole().session.current;
  if (session === null) throw new Error("locked");
  return session;
}
