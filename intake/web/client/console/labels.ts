/** What the codes of rows and payloads are called on the screen. */
import type { Directory } from "../lib/directory.ts";
import type { Box, CloseReason, ContactRow } from "./api.ts";
import { languageCode, t } from "./words.ts";

export function boxName(box: Box): string {
  return { new: t("Neu"), mine: t("Meine"), waiting: t("Wartend"), others: t("Bei anderen"), closed: t("Beendet") }[box];
}

export function roleName(role: string): string {
  const names: Record<string, string> = {
    exit: t("Will selbst raus"), relative: t("Sorgt sich um jemanden"), professional: t("Fachkraft"), own_concern: t("Eigenes Anliegen"),
  };
  return names[role] ?? role;
}

export function phenomenonName(code: string): string {
  const names: Record<string, string> = {
    RE: t("Rechtsextremismus"), IS: t("Islamismus"), LE: t("Linksextremismus"), AB: t("Auslandsbezogener Extremismus"),
    RB: t("Reichsbürger"), VD: t("Verschwörungsglaube"), HG: t("Hass und Gewalt"), unknown: t("weiß nicht"),
  };
  return names[code] ?? code;
}

export const CLOSE_REASONS: readonly CloseReason[] = ["answered", "mandated", "signposted", "forwarded", "no_reply", "not_serious"];

export function reasonName(reason: CloseReason): string {
  return {
    answered: t("Beantwortet. Mehr ist nicht nötig."), mandated: t("Beauftragung: daraus wird eine Beratung."),
    signposted: t("Verwiesen: Die Person hat eine andere Adresse bekommen."), forwarded: t("Weitergegeben, mit Einverständnis der Person."),
    no_reply: t("Die Person meldet sich nicht mehr."), not_serious: t("Nicht ernst gemeint."),
  }[reason];
}

export function channelName(channel: string): string {
  const names: Record<string, string> = { matrix: t("Messenger"), hotline: t("Telefon") };
  return names[channel] ?? channel;
}

export function teamName(directory: Directory, team: string): string {
  return directory.teams.find(({ id }) => id === team)?.name ?? team;
}

/** How colleagues call a contact among themselves: "7F3A". Says nothing about the person. */
export function reference(row: Pick<ContactRow, "mailbox">): string {
  return row.mailbox.slice(0, 4).toUpperCase();
}

export function stateName(row: ContactRow, me: string): string {
  switch (row.state) {
    case "received": return t("Neu");
    case "claimed":
    case "answered":
      if (row.claimed_by === null) return t("Offen");
      if (row.claimed_by.id !== me) return t("Bei {name}", { name: row.claimed_by.name });
      return row.state === "answered" ? t("Von Ihnen beantwortet") : t("Bei Ihnen");
    case "mandated": return t("Beauftragt");
    case "signposted": return t("Verwiesen");
    case "forwarded": return t("Weitergegeben");
    case "closed": return t("Beendet");
  }
}

export function ended(row: ContactRow): boolean {
  return row.state === "mandated" || row.state === "signposted" || row.state === "forwarded" || row.state === "closed";
}

export function languageName(code: string): string {
  try {
    return new Intl.DisplayNames([languageCode()], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** Bytes in a unit that people know: "1,2 MB". */
export function size(bytes: number): string {
  const [value, unit] = bytes < 1_000_000 ? [Math.max(1, Math.round(bytes / 1000)), "kB"] : [bytes / 1_000_000, "MB"];
  return `${new Intl.NumberFormat(languageCode(), { maximumFractionDigits: 1 }).format(value)} ${unit}`;
}
