/** Open alerts, looked for while the console is open. A list that could not be fetched stays as it was, and says so. */
import { ApiError } from "./api.ts";
import type { Alert, AlertList, Reply, Response, RotaApi } from "./rota_api.ts";
import { Store } from "./store.ts";
import { t } from "./words.ts";
import { at } from "./zone.ts";

export interface AlertsState extends AlertList {
  /** False until the first answer has come. */
  readonly known: boolean;
  readonly error: string | null;
}

const NONE: AlertsState = { alerts: [], incidents: [], loud: false, known: false, error: null };
export const LOOK_MS = 15_000;

export class Alerts {
  readonly state = new Store<AlertsState>(NONE);
  readonly #api: RotaApi;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  #asked = 0;
  #failures = 0;
  /** Told about alerts (or new rounds of old ones) that somebody should take. */
  onNews: (alert: Alert) => void = () => {};

  constructor(api: RotaApi) {
    this.#api = api;
  }

  start(): void {
    this.#running = true;
    this.#failures = 0;
    document.addEventListener("visibilitychange", this.#seen);
    void this.look();
  }

  stop(): void {
    this.#running = false;
    this.#asked += 1;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#seen);
    this.state.set(NONE);
  }

  readonly #seen = () => {
    if (!document.hidden) void this.look();
  };

  async look(): Promise<void> {
    clearTimeout(this.#timer);
    const asked = (this.#asked += 1);
    if (!document.hidden) {
      try {
        const list = await this.#api.alerts();
        if (asked !== this.#asked) return;
        this.#failures = 0;
        this.#learn(list);
      } catch (error) {
        if (asked !== this.#asked) return;
        this.#failures += 1;
        this.state.change({ error: error instanceof ApiError ? error.message : String(error) });
      }
    }
    // Spread a little, and slower while nobody answers.
    if (this.#running) this.#timer = setTimeout(() => void this.look(), LOOK_MS * (0.9 + Math.random() * 0.2) * Math.min(1 + this.#failures, 8));
  }

  #learn(list: AlertList): void {
    const before = this.state.get();
    this.state.set({ ...list, known: true, error: null });
    if (!before.known) return;
    const rounds = new Set(before.alerts.map(({ id, round }) => `${id} ${round}`));
    const news = list.alerts.find((alert) => wantsSomebody(alert) && !rounds.has(`${alert.id} ${alert.round}`));
    if (news !== undefined) this.onNews(news);
  }
}

/** Somebody was called, and nobody has it. */
export function wantsSomebody({ phase }: Alert): boolean {
  return phase === "sent" || phase === "exhausted";
}

const CHANGED: readonly Reply[] = ["yours", "paused", "passed_on", "confirmed"];

/** Whether an answer has changed anything. */
export function changed({ reply }: Response): boolean {
  return CHANGED.includes(reply);
}

/** What became of an answer, in a sentence for whoever gave it. */
export function replyInWords({ reply, owner, until }: Response): string {
  const time = until === null ? "" : at(until);
  const someone = owner === "" ? t("Jemand anderes") : owner;
  switch (reply) {
    case "yours": return time === "" ? t("Sie kümmern sich. Danke.") : t("Sie kümmern sich, bis {time}. Danke.", { time });
    case "confirmed": return t("Bestätigt. Ihr Diensthandy funktioniert.");
    case "paused": return time === "" ? t("Gut, später.") : t("Gut. Bis {time} ist Ruhe.", { time });
    case "passed_on": return t("Weitergegeben. Der oder die Nächste wird gerufen.");
    case "taken": return time === "" ? t("{name} war einen Augenblick früher und kümmert sich schon.", { name: someone }) : t("{name} war einen Augenblick früher und kümmert sich, bis {time}.", { name: someone, time });
    case "old_round": return t("Inzwischen wurde noch einmal gerufen. Bitte antworten Sie auf den neuen Alarm.");
    case "over": return t("Dieser Alarm ist schon vorbei. Sie müssen nichts mehr tun.");
    case "foreign": return t("Dieser Alarm gehört einem anderen Team.");
    case "no_more_pause": return t("Noch länger warten geht nicht. Bitte übernehmen Sie, oder geben Sie weiter.");
    case "not_owner": return t("Den Alarm hat gerade jemand anderes.");
  }
}
