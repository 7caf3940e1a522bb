/** The time by the server's clock, because a counsellor's phone may be wrong by a day; and ages in words. */
import { languageCode, t, tn } from "./words.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let offset = 0;

/** Learn the server's clock from the `Date` header of any of its answers. */
export function observe(date: string | null): void {
  const server = date === null ? NaN : Date.parse(date);
  // Seconds are lost on the way; only a clock that is really wrong is corrected.
  if (Number.isFinite(server)) offset = Math.abs(server - Date.now()) > 60_000 ? server - Date.now() : 0;
}

export function now(): Date {
  return new Date(Date.now() + offset);
}

/** "seit 3 Std.". The server keeps arrival times by the hour only, so nothing finer is claimed. */
export function age(received: string, at: Date = now()): string {
  const passed = at.getTime() - Date.parse(received);
  if (!Number.isFinite(passed)) return "";
  if (passed < HOUR) return t("gerade eben");
  if (passed < 2 * DAY) return t("seit {n} Std.", { n: Math.floor(passed / HOUR) });
  const days = Math.floor(passed / DAY);
  return tn("seit {n} Tag", "seit {n} Tagen", days);
}

/** "Mi., 25. Nov." for an ISO day or time. */
export function day(iso: string): string {
  const date = new Date(/T/.test(iso) ? iso : `${iso}T12:00:00`);
  return Number.isNaN(date.getTime())
    ? iso
    : date.toLocaleDateString(languageCode(), { weekday: "short", day: "numeric", month: "short" });
}

/** "25. November 2026" for an ISO day or time: for what is looked up after years. */
export function dated(iso: string): string {
  const date = new Date(/T/.test(iso) ? iso : `${iso}T12:00:00`);
  return Number.isNaN(date.getTime()) ? iso : date.toLocaleDateString(languageCode(), { day: "numeric", month: "long", year: "numeric" });
}

/** "Mi., 25. Nov., 14:05" for what a sender wrote as time of sending. */
export function moment(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime())
    ? ""
    : date.toLocaleString(languageCode(), { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

/** Whether an ISO day has passed, in local days. */
export function overdue(isoDay: string, at: Date = now()): boolean {
  const end = new Date(`${isoDay.slice(0, 10)}T23:59:59`);
  return end.getTime() < at.getTime();
}
