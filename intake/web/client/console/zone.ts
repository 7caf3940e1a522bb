/** Days and hours of the teams, which all lie in one zone, wherever the counsellor's phone believes to be. */
import { now } from "./clock.ts";
import { languageCode, t } from "./words.ts";

const ZONE = "Europe/Berlin";
const MINUTE = 60_000;
const DAY = 86_400_000;

function parts(instant: Date): Record<string, string> {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
  return Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
}

/** Local date of an instant: "2026-11-22". */
export function dateOf(instant: string | Date): string {
  const { year, month, day } = parts(new Date(instant));
  return `${year}-${month}-${day}`;
}

/** Local time of an instant: "08:00". */
export function timeOf(instant: string | Date): string {
  const { hour, minute } = parts(new Date(instant));
  return `${hour}:${minute}`;
}

export function today(): string {
  return dateOf(now());
}

function noon(day: string): Date {
  return new Date(`${day}T12:00:00Z`);
}

/** The date `days` later. Counted at noon, so that no clock change can eat one. */
export function later(day: string, days: number): string {
  return new Date(noon(day).getTime() + days * DAY).toISOString().slice(0, 10);
}

/** Monday = 0. */
export function weekday(day: string): number {
  return (noon(day).getUTCDay() + 6) % 7;
}

export function monday(day: string): string {
  return later(day, -weekday(day));
}

/** Whole days from one date to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((noon(to).getTime() - noon(from).getTime()) / DAY);
}

/** Number of the calendar week (ISO 8601). */
export function weekNumber(day: string): number {
  const thursday = later(monday(day), 3);
  return Math.floor(daysBetween(`${thursday.slice(0, 4)}-01-01`, thursday) / 7) + 1;
}

function write(day: string, options: Intl.DateTimeFormatOptions): string {
  const date = noon(day);
  return Number.isNaN(date.getTime()) ? day : new Intl.DateTimeFormat(languageCode(), { timeZone: "UTC", ...options }).format(date);
}

/** "Mo., 23. Nov." */
export const dayName = (day: string) => write(day, { weekday: "short", day: "numeric", month: "short" });
/** "Montag, 23. November" */
export const longDay = (day: string) => write(day, { weekday: "long", day: "numeric", month: "long" });
/** "23. Nov." */
export const shortDay = (day: string) => write(day, { day: "numeric", month: "short" });
/** "Mo" (0 = Monday) */
export const weekdayShort = (n: number) => write(later("2024-01-01", n), { weekday: "short" }).replace(".", "");
export const weekdayLong = (n: number) => write(later("2024-01-01", n), { weekday: "long" });

/** "23. – 29. Nov." */
export function range(from: string, to: string): string {
  if (from === to) return shortDay(from);
  const same = from.slice(0, 7) === to.slice(0, 7) && languageCode() === "de";
  return `${same ? `${Number(from.slice(8))}.` : shortDay(from)} – ${shortDay(to)}`;
}

/** "08:00–16:00", "20:00–08:00" over one midnight, "20:00 – Do., 26. Nov., 08:00" when it is longer. */
export function span(start: string, end: string): string {
  const [from, to] = [dateOf(start), dateOf(end)];
  const last = timeOf(end);
  if (later(from, 1) === to && last !== "00:00" && last <= timeOf(start)) return `${timeOf(start)}–${last}`; // a night
  if (from === to || (last === "00:00" && later(from, 1) === to)) return `${timeOf(start)}–${last === "00:00" ? "24:00" : last}`;
  return `${timeOf(start)} – ${dayName(to)}, ${last}`;
}

/** How much longer (plus) or shorter (minus) than the clocks on the wall say: hours, in the nights in which they are changed. */
export function clockChange(start: string, end: string): number {
  const shown = wall(end) - wall(start);
  const real = new Date(end).getTime() - new Date(start).getTime();
  return Math.round((real - shown) / (60 * MINUTE));
}

function wall(instant: string): number {
  return Date.parse(`${dateOf(instant)}T${timeOf(instant)}:00Z`);
}

/** The instant of a wall-clock time, "2026-11-24T17:00Z". Twice there in October: the first; not there in March: the next. */
export function instantOf(day: string, time: string): string {
  const wanted = Date.parse(`${day}T${time}:00Z`);
  const found = [120, 60].map((offset) => new Date(wanted - offset * MINUTE)).find((one) => wall(one.toISOString()) === wanted) ?? new Date(wanted - 60 * MINUTE);
  return `${found.toISOString().slice(0, 16)}Z`;
}

/** "14:30", with its day unless it is today: "Mo., 23. Nov., 14:30". */
export function at(instant: string): string {
  const day = dateOf(instant);
  return day === today() ? timeOf(instant) : `${dayName(day)}, ${timeOf(instant)}`;
}

/** "gleich", "in 4 Min.", "in 2 Std.", or the moment itself. */
export function until(instant: string): string {
  const minutes = Math.ceil((new Date(instant).getTime() - now().getTime()) / MINUTE);
  if (minutes <= 0) return t("gleich");
  if (minutes < 60) return t("in {n} Min.", { n: minutes });
  if (minutes < 360) return t("in {n} Std.", { n: Math.round(minutes / 60) });
  return at(instant);
}

/** "8 Std.", "30 Min." */
export function length(start: string, end: string): string {
  const minutes = Math.round((new Date(end).getTime() - new Date(start).getTime()) / MINUTE);
  if (minutes < 60) return t("{n} Min.", { n: minutes });
  return t("{n} Std.", { n: (Math.round(minutes / 6) / 10).toLocaleString(languageCode()) });
}
