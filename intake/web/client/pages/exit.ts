/**
 * Quick exit. Without this script the link goes to /raus, which ends what the server holds and leads away. With it the page is emptied first and
 * the neutral page takes our place in the history. Shift three times does the same: a key that does nothing anywhere (Escape stops loading).
 */
const PRESSES = 3;
const WITHIN_MS = 5000;

/** Run before leaving, so that nothing secret outlives the page in memory that a later page could show. */
const beforeLeaving: (() => void)[] = [];

export function onLeave(forget: () => void): void {
  beforeLeaving.push(forget);
}

function leave(neutral: string): void {
  for (const forget of beforeLeaving) forget();
  document.title = "";
  document.documentElement.replaceChildren();
  // Not awaited: it clears what the browser may have kept, and must not delay anybody.
  fetch("/raus", { keepalive: true, redirect: "manual", credentials: "omit" }).catch(() => undefined);
  location.replace(neutral);
}

export function watchExit(): void {
  const control = document.querySelector<HTMLElement>("[data-exit]");
  const neutral = control?.dataset["exit"];
  if (!control || !neutral) return;
  control.addEventListener("click", (event) => {
    event.preventDefault();
    leave(neutral);
  });
  let presses: number[] = [];
  let alone = false;
  addEventListener("keydown", (event) => {
    alone = event.key === "Shift";
    if (!alone) presses = [];
  });
  addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !alone) return;
    presses = [...presses.filter((then) => event.timeStamp - then < WITHIN_MS), event.timeStamp];
    if (presses.length >= PRESSES) leave(neutral);
  });
}
