/** A value that views can watch. The whole state management of the console. */
import { useEffect, useState } from "preact/hooks";

export class Store<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }

  change(patch: Partial<T>): void {
    this.set({ ...this.#value, ...patch });
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The current value; the view is drawn again whenever it changes. */
export function useStore<T>(store: Store<T>): T {
  const [, redraw] = useState(0);
  useEffect(() => {
    let seen = store.get();
    const look = () => {
      if (Object.is(seen, store.get())) return;
      seen = store.get();
      redraw((n) => n + 1);
    };
    redraw((n) => n + 1);
    return store.watch(look);
  }, [store]);
  return store.get();
}
