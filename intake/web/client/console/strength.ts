/**
 * How hard a passphrase is to guess for somebody who stole the server's table. Deliberately on the low side: what looks
 * like a word counts as a word from a list, not as letters. A sentence from a book still looks better than it is; the
 * screen says that this is an estimate and offers words drawn by lot, whose strength is known exactly.
 */
import { WORDS } from "../lib/words.ts";
import { randomBytes } from "../lib/bytes.ts";

export type Level = "weak" | "fair" | "strong";
export interface Strength { readonly bits: number; readonly level: Level }

/** Below this a passphrase is refused. With Argon2id at 64 MiB about 100 guesses a second and core: 2^50 takes 1,000 cores 350 years. */
export const ENOUGH = 50;
const STRONG = 64;
/** Words in a suggested passphrase: 6 x 11 bits. */
const SUGGESTED = 6;

const LISTED = new Set(WORDS);
const COMMON = new Set(
  ("passwort password passphrase geheim geheimnis hallo schatz liebe lieber baby sonne sommer winter herbst fruehling frühling montag dienstag mittwoch donnerstag " +
    "freitag samstag sonntag januar februar maerz märz april mai juni juli august september oktober november dezember admin user test login " +
    "welcome willkommen letmein master dragon monkey ficken fussball fußball schalke bayern dortmund hansa rostock berlin hamburg muenchen münchen " +
    "schwerin wismar deutschland mecklenburg computer internet beratung beratungsteam erstkontakt kontakt ausstieg team").split(" "),
);
const SMALL = new Set(
  ("der die das den dem des ein eine einen einem einer ich du er sie es wir ihr und oder aber nicht ist sind war hat habe bin mit von zu zum zur im in am " +
    "an auf aus bei nach vor fuer für so wie was wer wo mein dein sein kein the a an and or of to in is it my your").split(" "),
);
const RUNS = ["abcdefghijklmnopqrstuvwxyzäöüß", "qwertzuiopü", "qwertyuiop", "asdfghjklöä", "yxcvbnm", "zxcvbnm", "01234567890", "1234567890"];

function isRun(text: string): boolean {
  if (text.length < 3) return false;
  const backwards = [...text].reverse().join("");
  return /^(.)\1+$/u.test(text) || RUNS.some((run) => run.includes(text) || run.includes(backwards));
}

function looksLikeAWord(letters: string): boolean {
  const vowels = letters.match(/[aeiouyäöü]/g)?.length ?? 0;
  return vowels >= letters.length * 0.2 && vowels <= letters.length * 0.7 && !/[^aeiouyäöü]{6}/.test(letters);
}

function letterBits(token: string, own: readonly string[]): number {
  const word = token.toLowerCase();
  const shape = token === word || token === word[0]?.toUpperCase() + word.slice(1) ? 0 : 1;
  if (own.some((name) => name.includes(word) || word.includes(name))) return 1;
  if (isRun(word)) return 3;
  if (COMMON.has(word)) return 4 + shape;
  if (SMALL.has(word)) return 5 + shape;
  if (LISTED.has(word)) return 11 + shape;
  if (word.length < 3) return 4 * word.length + shape;
  if (!looksLikeAWord(word)) return 4 * word.length + shape;
  // A German compound is two or three words from a list, not one of many letters.
  return Math.min(4 * word.length, 12 + 8 * Math.floor(Math.max(0, word.length - 8) / 5)) + shape;
}

function digitBits(token: string): number {
  if (isRun(token)) return 3;
  if (/^(19[3-9]\d|20[0-3]\d)$/.test(token)) return 6;
  if (/^(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])(\d\d|(19|20)\d\d)?$/.test(token)) return Math.min(14, token.length * 2);
  return 3.3 * token.length;
}

/** `own`: the member's name and id, which are no secret. */
export function estimate(passphrase: string, own: readonly string[] = []): Strength {
  const names = own.flatMap((name) => name.toLowerCase().split(/[^\p{L}]+/u)).filter((name) => name.length > 2);
  const seen = new Set<string>();
  let bits = 0;
  for (const [token] of passphrase.normalize("NFC").matchAll(/\p{L}+|\d+|\s+|[^\p{L}\d\s]/gu)) {
    const key = token.toLowerCase();
    if (seen.has(key)) bits += /[\p{L}\d]/u.test(key) ? 1 : 0;
    else if (/\p{L}/u.test(token)) bits += letterBits(token, names);
    else if (/\d/.test(token)) bits += digitBits(token);
    else bits += /[\s\-_.,]/.test(token) ? 1 : 4;
    seen.add(key);
  }
  const whole = Math.floor(bits);
  return { bits: whole, level: whole < ENOUGH ? "weak" : whole < STRONG ? "fair" : "strong" };
}

/** Six words drawn by lot from the 2,048 of the return codes: 66 bits, exactly. */
export function suggest(): string {
  const random = randomBytes(SUGGESTED * 2);
  return Array.from({ length: SUGGESTED }, (_, i) => WORDS[((random[2 * i]! << 8) | random[2 * i + 1]!) % WORDS.length]).join(" ");
}
