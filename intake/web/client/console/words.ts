/**
 * The console's sentences. German stands in the source; other languages arrive as a JSON block in the page,
 * made from locale/<lang>/LC_MESSAGES/console.po (a test proves that every sentence has its translation).
 */
type Values = Readonly<Record<string, string | number>>;
export type Dictionary = Readonly<Record<string, string | readonly string[]>>;

let dictionary: Dictionary = {};
let language = "de";

export function speak(lang: string, words: Dictionary): void {
  language = lang;
  dictionary = words;
}

export function languageCode(): string {
  return language;
}

function fill(text: string, values: Values | undefined): string {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)) : text;
}

/** One sentence; `{name}` is replaced from `values`. */
export function t(text: string, values?: Values): string {
  const found = dictionary[text];
  return fill(typeof found === "string" ? found : text, values);
}

/** A sentence that counts; `{n}` is the number. */
export function tn(one: string, many: string, n: number, values?: Values): string {
  const forms = dictionary[one];
  const [single, plural] = Array.isArray(forms) ? (forms as string[]) : [one, many];
  return fill((n === 1 ? single : plural) ?? many, { n: n.toLocaleString(language), ...values });
}
