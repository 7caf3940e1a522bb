/**
 * Where the counsellor is. Nothing of it stands in the address bar or in the browser's history: an entry there is
 * only a number, and what it means is forgotten with the page.
 */
import { Store } from "./store.ts";
import type { Box } from "./api.ts";

export type Place =
  | { readonly section: "contacts"; readonly box: Box; readonly mailbox: string | null }
  | { readonly section: "callbacks"; readonly mailbox: string | null }
  | { readonly section: "cases"; readonly mailbox: string | null }
  | { readonly section: "agenda" }
  | { readonly section: "alerts" }
  | { readonly section: "rota"; readonly tab: "week" | "gaps" | "plan" }
  | { readonly section: "phones" }
  | { readonly section: "visits" }
  | { readonly section: "people" }
  | { readonly section: "offers" }
  | { readonly section: "blocks" }
  | { readonly section: "statistics" }
  | { readonly section: "account" };

export const START: Place = { section: "contacts", box: "new", mailbox: null };

export class Router {
  readonly place = new Store<Place>(START);
  readonly #visited: Place[] = [START];
  #at = 0;
  /** True when one step back stays inside the console. */
  get canGoBack(): boolean {
    return this.#at > 0;
  }

  listen(): void {
    history.replaceState(0, "");
    addEventListener("popstate", (event) => {
      const index = typeof event.state === "number" ? event.state : 0;
      this.#at = index in this.#visited ? index : 0;
      this.place.set(this.#visited[this.#at] ?? START);
    });
  }

  go(place: Place, how: "push" | "replace" = "push"): void {
    if (how === "push") {
      this.#at += 1;
      this.#visited.length = this.#at;
      this.#visited.push(place);
      history.pushState(this.#at, "");
    } else {
      this.#visited[this.#at] = place;
    }
    this.place.set(place);
  }

  /** One step back if what was there before `fits`, else on to `otherwise`: a link that names its target leads there. */
  back(otherwise: Place, fits: (before: Place) => boolean = () => true): void {
    if (this.canGoBack && fits(this.#visited[this.#at - 1] ?? START)) history.back();
    else this.go(otherwise, "replace");
  }

  forget(): void {
    this.#visited.fill(START);
    this.place.set(START);
  }
}
