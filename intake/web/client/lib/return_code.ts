/** The return code: eight words out of 2,048, 88 bits, and nothing else opens the mailbox. crypto/FORMAT.md section "return code". */
import { argon2idAsync } from "@noble/hashes/argon2.js";
import { type Bytes, randomBytes, utf8 } from "./bytes.ts";
import { ClientError } from "./errors.ts";
import { WORDS } from "./words.ts";

export const CODE_WORDS = 8;
const PREFIX = 4;
const LONGEST_SUGGESTED_FOR = 24;
const SPELLING: Readonly<Record<string, string>> = { ä: "ae", ö: "oe", ü: "ue", ß: "ss" };

export interface WordProblem {
  /** place in the code, counted from 0 */
  readonly position: number;
  /** what was typed there, in lower case */
  readonly given: string;
  /** words it may have meant, best first, at most three */
  readonly suggestions: readonly string[];
}

/** The typed code cannot be right as it stands. */
export class ReturnCodeUnclear extends ClientError {
  readonly problems: readonly WordProblem[];
  /** how many words were typed (eight belong there) */
  readonly count: number;

  constructor(problems: readonly WordProblem[], count: number) {
    super("code_unclear");
    this.problems = problems;
    this.count = count;
  }
}

/** Eight words for 88 bits (11 bytes), most significant first; also used for fingerprints. */
export function spell(bits: Uint8Array): string[] {
  let number = 0n;
  for (const byte of bits) number = (number << 8n) | BigInt(byte);
  return Array.from({ length: CODE_WORDS }, (_, i) => WORDS[Number((number >> BigInt(11 * (CODE_WORDS - 1 - i))) & 2047n)]!);
}

/** A new code from the system's random source. */
export function generate(): string[] {
  return spell(randomBytes(11));
}

function split(typed: string): string[] {
  return typed
    .replace(/\p{Cf}/gu, "") // messengers add soft hyphens and zero-width marks inside words
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[äöüß]/g, (letter) => SPELLING[letter]!)
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .split(/[^\p{L}\p{N}]+/u)
    .map((part) => part.replace(/^\p{Nd}+/u, ""))
    .filter(Boolean);
}

/** Typing slips between two words (Damerau-Levenshtein, adjacent swaps). */
function slips(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    before = above;
    above = row;
  }
  return above[b.length]!;
}

function suggest(given: string): string[] {
  if (given.length < 2 || given.length > LONGEST_SUGGESTED_FOR) return [];
  const near: [number, string][] = [];
  for (const word of WORDS) {
    const distance = word.startsWith(given) || given.startsWith(word) ? 1 : Math.abs(word.length - given.length) <= 2 ? slips(given, word) : 9;
    if (distance <= 2) near.push([distance, word]);
    else if (word.slice(0, PREFIX) === given.slice(0, PREFIX)) near.push([3, word]);
  }
  // The list is sorted and so is `near`: a stable sort by slips keeps the alphabet.
  return near
    .sort((a, b) => a[0] - b[0])
    .slice(0, 3)
    .map(([, word]) => word);
}

/** The word meant by what was typed: the one with the same first four letters, if nothing typed after them contradicts it. */
function find(given: string): string | undefined {
  if (given.length < PREFIX) return undefined;
  const word = WORDS.find((candidate) => candidate.startsWith(given.slice(0, PREFIX)));
  return word?.startsWith(given) ? word : undefined;
}

/**
 * Reads a typed code: any case, ae or ä, ss or ß, blanks, hyphens, commas, line breaks, "1. ", words cut short after four letters or more.
 * Throws ReturnCodeUnclear with one problem for each word that is not in the list. Nothing is corrected silently: a wrong guess would open
 * nothing and say nothing.
 */
export function parse(typed: string): string[] {
  // Longer input cannot be a code, and must not cost time.
  const given = split(typed.slice(0, 4000));
  if (given.length > 2 * CODE_WORDS) throw new ReturnCodeUnclear([], given.length);
  const words = given.map(find);
  const problems = given.flatMap((word, position) => (words[position] ? [] : [{ position, given: word, suggestions: suggest(word) }]));
  if (problems.length > 0 || given.length !== CODE_WORDS) throw new ReturnCodeUnclear(problems, given.length);
  return words as string[];
}

/** One word while it is typed or practised: the word it is, or suggestions. */
export function checkWord(typed: string): { word: string | null; suggestions: string[] } {
  const given = split(typed.slice(0, 100))[0] ?? "";
  const word = find(given) ?? null;
  return { word, suggestions: word ? [] : suggest(given) };
}

/** Argon2id v1.3, one lane, 32 bytes. Works in slices of about 12 ms so that the page stays usable. `progress` goes from 0 to 1. */
export async function stretch(words: readonly string[], salt: Bytes, memoryKib: number, passes: number, progress?: (done: number) => void): Promise<Bytes> {
  if (salt.length !== 16 || memoryKib < 19_456 || memoryKib > 1_048_576 || passes < 2 || passes > 16) throw new RangeError("Argon2id: salt of 16 bytes, 19,456 to 1,048,576 KiB, 2 to 16 passes");
  const options = { t: passes, m: memoryKib, p: 1, dkLen: 32, asyncTick: 12, ...(progress ? { onProgress: progress } : {}) };
  return (await argon2idAsync(utf8(words.join(" ")), salt, options)) as Bytes;
}
