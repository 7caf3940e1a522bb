/**
 * Part of every page shell: fetches the cryptography and the signed directory while the person is already reading. Until `ready()` has
 * resolved nothing can be sent; if it rejects, the page says so and keeps the text.
 */
import { ClientError, isClientError } from "./errors.ts";
import { getBytes } from "./line.ts";
import type * as Sealing from "./sealing.ts";

export interface Ready {
  /** the library: prepareCode, sealContact, openMailbox … */
  readonly sealing: typeof Sealing;
  /** verified against <html data-root> */
  readonly directory: Sealing.Directory;
}

const MAX_DIRECTORY = 4 * 1024 * 1024;

let running: Promise<Ready> | undefined;

/** After first paint, so that words stand on the screen before a single byte of cryptography is fetched. */
function painted(): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, 250); // a tab in the background is never painted
    requestAnimationFrame(() =>
      setTimeout(() => {
        clearTimeout(late);
        resolve();
      }, 0),
    );
  });
}

async function load(): Promise<Ready> {
  // Asked first: without it neither loading nor waiting would help.
  if (!globalThis.crypto?.subtle) throw new ClientError("insecure_context");
  if (typeof BigInt === "undefined" || typeof DataView.prototype.setBigUint64 !== "function") throw new ClientError("old_browser");
  await painted();
  const code = import("./sealing.ts").catch(() => {
    throw new ClientError("network", "the library did not arrive");
  });
  const [sealing, blob] = await Promise.all([code, getBytes("/verzeichnis", MAX_DIRECTORY)]);
  const root = /^[0-9a-f]{64}$/.exec(document.documentElement.dataset["root"] ?? "")?.[0];
  if (!root) throw new ClientError("directory_forged", "no root");
  return { sealing, directory: await sealing.readDirectory(blob, Uint8Array.from(root.match(/../g)!, (pair) => parseInt(pair, 16)), new Date()) };
}

/** Starts at once, or gives what is there. After a failure the next call tries again. */
export function ready(): Promise<Ready> {
  running ??= load();
  running.catch(() => {
    running = undefined;
  });
  return running;
}

/** Keeps a newer directory that a sending has proved. */
export async function adopt(directory: Sealing.Directory): Promise<void> {
  const { sealing } = await ready();
  running = Promise.resolve({ sealing, directory });
}

export { ClientError, isClientError };
