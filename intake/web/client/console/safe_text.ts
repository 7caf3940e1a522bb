/**
 * Text from a stranger, made safe to look at. The view puts pieces into text nodes only; here the characters that
 * lie about the text (direction overrides, invisible ones, control codes) are taken out and named instead.
 */
export type Piece = { readonly kind: "text"; readonly text: string } | { readonly kind: "control"; readonly name: string; readonly code: string };

const NAMES: Readonly<Record<number, string>> = {
  0x061c: "ALM", 0x200b: "ZWSP", 0x200e: "LRM", 0x200f: "RLM", 0x202a: "LRE", 0x202b: "RLE", 0x202c: "PDF",
  0x202d: "LRO", 0x202e: "RLO", 0x2060: "WJ", 0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI",
  0xfeff: "BOM", 0x00ad: "SHY", 0x180e: "MVS", 0x2028: "LS", 0x2029: "PS", 0x115f: "HCF", 0x1160: "HJF", 0x3164: "HF", 0xffa0: "HHF",
};
// Zero-width joiner and non-joiner stay: emoji and Persian need them, and they cannot reorder anything.
const CONTROLS =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;

/** Split `text` at every character that would show something else than is there. */
export function pieces(text: string): Piece[] {
  const clean = text.replace(/\r\n?/g, "\n");
  const found: Piece[] = [];
  let from = 0;
  for (const match of clean.matchAll(CONTROLS)) {
    if (match.index > from) found.push({ kind: "text", text: clean.slice(from, match.index) });
    const point = match[0].codePointAt(0) ?? 0;
    const code = `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
    found.push({ kind: "control", name: NAMES[point] ?? code, code });
    from = match.index + match[0].length;
  }
  if (from < clean.length) found.push({ kind: "text", text: clean.slice(from) });
  return found;
}

/** The first `limit` UTF-16 units, never cutting a surrogate pair. */
export function head(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit);
}
