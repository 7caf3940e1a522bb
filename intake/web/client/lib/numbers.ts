/**
 * Telephone numbers, checked on the device: the same steps as intake/phones.py over the same patterns, which come with the page. What is typed
 * here is sent nowhere but inside the envelope. (tests/vectors/numbers.json holds both sides together.)
 */

/** Patterns of the national number, from the server's own library. */
export interface NumberRules {
  readonly general: string;
  readonly refused: string;
  readonly called: string;
  /** [leading digits, groups]: how a number is written, the first that fits */
  readonly forms: readonly (readonly [string, string])[];
  /** our own lines in E.164, which would ring in a circle */
  readonly own: readonly string[];
}

export type Refusal = "unclear" | "unknown" | "emergency" | "foreign" | "kind" | "ours";

class Refused extends Error {
  constructor(readonly why: Refusal) {
    super(why);
  }
}

export interface PhoneNumber {
  /** "+4915123456789" */
  readonly e164: string;
  /** as people write it, for showing it back: "0151 23456789" */
  readonly spoken: string;
}

const LONGEST = 40;
const KEYS = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "22233344455566677778889999";
/** Letters stand for the digits on whose keys they are, but only behind a beginning of real digits. */
const VANITY = /^([+0-9()/.\- ]*[0-9]{3}[()/.\- ]*)([A-Za-z]+[0-9A-Za-z\- ]*)$/;

const whole = (pattern: string, text: string): boolean => new RegExp(`^(?:${pattern})$`).test(text);

function refuse(why: Refusal): never {
  throw new Refused(why);
}

function plain(typed: string): string {
  let text = typed.normalize("NFKC").trim().replace(/\p{Pd}/gu, "-").replace(/\s/g, " ");
  if (text.length > LONGEST) refuse("unclear");
  const vanity = VANITY.exec(text);
  if (vanity) text = vanity[1]! + vanity[2]!.replace(/[a-z]/gi, (letter) => DIGITS[KEYS.indexOf(letter.toLowerCase())]!);
  if (!/^[0-9+()/.\- ]+$/.test(text)) refuse("unclear");
  return text.replace(/^((?:\+|00)\s*[1-9][0-9]{0,2})\s*\(0\)/, "$1 ");
}

/** Without the zero that is dialled before an area code; a zero that belongs to the number stays. */
function withoutTrunk(national: string, general: string): string {
  const rest = national.replace(/^0/, "");
  return whole(general, national) && !whole(general, rest) ? national : rest;
}

function nationalOf(typed: string, general: string): string {
  const text = typed.replace(/^[^0-9+]+/, "");
  const abroad = /^(?:\++|00)/.exec(text);
  if (text.replace(/^\++/, "").includes("+")) refuse("unclear");
  const digits = text.replace(/[^0-9]/g, "");
  if (!abroad) {
    // "49151…" without a plus is meant with the country's code, unless it is a number as it stands.
    const rest = digits.slice(2);
    return withoutTrunk(digits.startsWith("49") && !whole(general, digits) && whole(general, withoutTrunk(rest, general)) ? rest : digits, general);
  }
  const dialled = abroad[0] === "00" ? digits.slice(2) : digits;
  if (dialled.startsWith("49")) return withoutTrunk(dialled.slice(2), general);
  return refuse(dialled.length < 6 ? "unclear" : "foreign");
}

/** [area, rest …] as the number is written. */
function groups(national: string, rules: NumberRules): string[] {
  for (const [leading, pattern] of rules.forms) {
    if (new RegExp(`^(?:${leading})`).test(national) && whole(pattern, national)) return new RegExp(`^${pattern}$`).exec(national)!.slice(1);
  }
  return [national];
}

function understood(typed: string, rules: NumberRules): PhoneNumber {
  const text = plain(typed);
  const digits = text.replace(/[^0-9]/g, "");
  if (/^11[02]/.test(digits)) refuse("emergency");
  const national = nationalOf(text, rules.general);
  if (national.length < 2 || national.length > 17) refuse("unclear");
  if (!whole(rules.general, national)) refuse("unknown");
  if (whole(rules.refused, national)) refuse("kind");
  if (!whole(rules.called, national)) refuse("unknown");
  const written = groups(national, rules);
  if (/^11[02]$/.test(written.slice(1).join(""))) refuse("emergency");
  const e164 = `+49${national}`;
  if (rules.own.includes(e164)) refuse("ours");
  return { e164, spoken: `0${written.join(" ")}` };
}

/** The number that somebody typed, or why it is not called. */
export function readNumber(typed: string, rules: NumberRules): PhoneNumber | Refusal {
  try {
    return understood(typed, rules);
  } catch (error) {
    if (error instanceof Refused) return error.why;
    throw error;
  }
}
