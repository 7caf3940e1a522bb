/**
 * Front coding for the word list, read backwards (German words end more alike than they begin): one capital letter for the number of letters
 * shared with the word before, then the rest.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const LIST = join(dirname(fileURLToPath(import.meta.url)), "../../../crypto/words_de.txt");

export function packWords(words) {
  let last = "";
  return words
    .map((word) => [...word].reverse().join(""))
    .sort()
    .map((word) => {
      let shared = 0;
      while (shared < last.length && last[shared] === word[shared]) shared++;
      last = word;
      return String.fromCharCode(65 + shared) + word.slice(shared);
    })
    .join("");
}

/** crypto/words_de.txt, packed for lib/words.ts. */
export function packedWords() {
  return packWords(readFileSync(LIST, "ascii").trim().split(/\s+/));
}
