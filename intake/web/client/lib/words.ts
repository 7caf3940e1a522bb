/** The 2,048 words, sorted, coded by words.mjs from crypto/words_de.txt: backwards, one capital letter = how many letters the word shares with the one before. */
declare const PACKED_WORDS: string;

export function unpackWords(packed: string): string[] {
  const words: string[] = [];
  let last = "";
  for (const [, shared, rest] of packed.matchAll(/([A-Z])([a-z]*)/g)) {
    last = last.slice(0, shared!.charCodeAt(0) - 65) + rest!;
    words.push([...last].reverse().join(""));
  }
  return words.sort();
}

export const WORDS: readonly string[] = /* @__PURE__ */ unpackWords(PACKED_WORDS);
