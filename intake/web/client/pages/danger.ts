/**
 * A hint on this device alone: words that may mean danger make the emergency numbers appear. Nothing is sent, nothing is decided, and a wrong
 * guess costs nobody more than a few lines to read. So the list is wide about life and narrow about everything else.
 */
const SIGNS = new RegExp(
  [
    // dying, killing oneself
    "selbstm[oö]rd", "sui[zc]id", "umbring", "bring\\w* (mich|uns|ihn|sie|es) um", "nicht mehr leben", "(will|möchte|moechte) sterben", "mich (selbst )?(töten|toeten|umzubringen|verletzen)",
    "ritze? mich", "schluss machen mit (dem|meinem) leben", "kill (myself|me|him|her|us|them)", "want to die", "end my life", "hurt myself", "don'?t want to live",
    // being attacked now
    "(er|sie) (schlägt|schlaegt|würgt|wuergt|bedroht|vergewaltigt) mich", "vergewaltig", "mit (einem|dem) messer", "sperr\\w* mich ein", "eingesperrt", "lebensgefahr", "raped?\\b", "(is|are) (beating|choking|threatening) me", "locked me",
    // attacks planned
    "amok", "anschlag", "bombe", "sprengstoff", "erschieß|erschiess", "attentat", "\\bschusswaffe", "\\bbombs?\\b", "shooting\\b", "explosives", "terror attack",
  ].join("|"),
  "iu",
);

export function soundsDangerous(text: string): boolean {
  return SIGNS.test(text.slice(-20_000));
}
