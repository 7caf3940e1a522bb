/** The 2,048 words, sorted, prefix-coded by build.mjs from crypto/words_de.txt: one capital letter = how many letters the word shares with the one before. */
declare const PACKED_WORDS: string;

export function unpackWords(packed: string): string[] {
  const words: string[] = [];
  let last = "";
  for (const [, shared, rest] of packed.matchAll(/([A-Z])([a-z]*)/g)) {
    last = last.slice(0, shared!.charCodeAt(0) - 65) + rest!;
    words.push(last);
  }
  return words;
}

export const WORDS: readonly string[] = /* @__PURE__ */ unpackWords(PACKED_WORDS);
