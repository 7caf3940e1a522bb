import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { clean, flag, integer, list, matching, object, optional, read, readJson, record, text, tuple } from "../lib/schema.ts";
import { equal, fromBase64, fromHex, fromUtf8, toBase64, toHex, utf8 } from "../lib/bytes.ts";
import { berlinDay } from "../lib/contact.ts";
import { ClientError, isClientError } from "../lib/errors.ts";
import { readAnswer, readBlocks, readContact, readGrant, readMessage } from "../lib/payloads.ts";
import { type NumberRules, readNumber } from "../lib/numbers.ts";
import { Regions } from "../lib/regions.ts";
import { checkWord, parse, ReturnCodeUnclear } from "../lib/return_code.ts";
import { lookUp, QuestionUnknown, routingReader } from "../lib/routing.ts";
import { solveStamp } from "../lib/stamp.ts";
import { unpackWords, WORDS } from "../lib/words.ts";
import "./house.ts";

declare const CLIENT_FOLDER: string;
const project = (path: string): string => readFileSync(`${CLIENT_FOLDER}/../../../${path}`, "utf8");
const malformed = (error: unknown): boolean => isClientError(error, "payload_malformed");

test("routing answers as Python does, case by case", () => {
  const vectors = JSON.parse(project("tests/vectors/routing.json")) as {
    routing: unknown;
    cases: { name: string; ask: { kreis: string | null; phenomena: string[]; role: string; only_civil: boolean; not_carriers: string[]; closed: string[] }; found?: unknown; error?: string }[];
  };
  const routing = read(routingReader, vectors.routing, "directory_malformed");
  assert.ok(vectors.cases.length >= 25);
  for (const { name, ask, found, error } of vectors.cases) {
    const question = { ...ask, onlyCivil: ask.only_civil, notCarriers: ask.not_carriers };
    if (error) {
      assert.throws(() => lookUp(routing, question), (thrown: unknown) => thrown instanceof QuestionUnknown && (thrown.what === "place") === (error === "kreis_unknown"), name);
      continue;
    }
    const got = lookUp(routing, question);
    const spelled = (entries: typeof got.candidates): unknown[] => entries.map(({ team, reason, standsInFor }) => ({ team, reason, stands_in_for: standsInFor }));
    assert.deepEqual({ candidates: spelled(got.candidates), alternatives: spelled(got.alternatives), signposts: got.signposts }, found, name);
  }
});

test("the word list survives its packing", () => {
  assert.deepEqual(WORDS, project("crypto/words_de.txt").trim().split("\n"));
  assert.equal(WORDS.length, 2048);
  assert.deepEqual(unpackWords("Acba"), ["abc"]);
});

test("a code is read as people write it", () => {
  const words = WORDS.slice(100, 108);
  assert.deepEqual(parse(`  1. ${words[0]!.toUpperCase()},\n2. ${words[1]} - ${words.slice(2).map((word) => word.slice(0, 4)).join("\u00a0")}. `), words);
  assert.throws(() => parse(words.slice(1).join(" ")), (error: unknown) => error instanceof ReturnCodeUnclear && error.count === 7 && error.problems.length === 0);
  assert.throws(() => parse("x ".repeat(5000)), ReturnCodeUnclear);
  assert.throws(() => parse(""), ReturnCodeUnclear);
  assert.equal(checkWord(` ${words[0]!} `).word, words[0]);
  const slipped = words[0]!.slice(0, -1) + "q";
  assert.ok(checkWord(slipped).suggestions.includes(words[0]!));
  assert.deepEqual(checkWord(""), { word: null, suggestions: [] });
});

test("an error of the page shell is an error of the library, and the other way round; a subclass is not everything", () => {
  const foreign = Object.assign(new Error("x"), { name: "ClientError", code: "network" });
  assert.ok(foreign instanceof ClientError && isClientError(foreign, "network") && !isClientError(foreign, "busy"));
  assert.ok(new ReturnCodeUnclear([], 0) instanceof ClientError);
  assert.ok(!(new ClientError("network") instanceof ReturnCodeUnclear));
  assert.ok(!(new Error("x") instanceof ClientError) && !isClientError(null) && !isClientError({ name: "ClientError" }));
});

test("bytes have one spelling", () => {
  for (const bytes of [new Uint8Array(0), Uint8Array.of(0), Uint8Array.of(255, 254, 253), new Uint8Array(20_000).fill(200)]) {
    assert.ok(equal(fromBase64(toBase64(bytes)), bytes));
    assert.ok(equal(fromHex(toHex(bytes)), bytes));
  }
  for (const wrong of ["A", "AA", "AB==", "AA=A", "AA==\n", "A-==", "AA==AA==", "ä==="]) assert.throws(() => fromBase64(wrong), ClientError);
  for (const wrong of ["a", "AA", "0x", " a", "zz"]) assert.throws(() => fromHex(wrong), ClientError);
  assert.throws(() => fromUtf8(Uint8Array.of(0xc0, 0x80)), TypeError);
  assert.ok(!equal(utf8("a"), utf8("ab")) && !equal(utf8("a"), utf8("b")));
});

test("hostile payloads: closed schemas, plain text, no prototype tricks", () => {
  const contact = {
    v: 1, lang: "de", role: "exit", phenomena: ["RE"], kreis: null, text: "Hallo", urgent: false, wishes: { only_civil: false, not_carriers: [] },
    keys: { kem: toBase64(new Uint8Array(1216)), verify: toBase64(new Uint8Array(32)) }, sent: "2026-11-22T02:10Z",
  };
  const contactOf = (change: Record<string, unknown>): ReturnType<typeof utf8> => utf8(JSON.stringify({ ...contact, ...change }));
  assert.equal(readContact(contactOf({ unknown: { deep: [[]] } })).text, "Hallo");
  assert.ok(!("unknown" in readContact(contactOf({ unknown: 1 }))));
  for (const change of [
    { v: 2 }, { v: "1" }, { lang: "<b>" }, { role: "violence" }, { phenomena: ["XX"] }, { phenomena: new Array(9).fill("RE") }, { kreis: "../" }, { text: 5 }, { text: null }, { text: "x".repeat(200_001) },
    { urgent: 1 }, { wishes: [] }, { wishes: null }, { keys: { kem: "", verify: "" } }, { keys: { ...contact.keys, verify: toBase64(new Uint8Array(31)) } }, { sent: "2026-11-22T02:10:55Z" }, { sent: "gestern" },
  ]) {
    assert.throws(() => readContact(contactOf(change)), malformed, JSON.stringify(change).slice(0, 60));
  }
  for (const bytes of [utf8(""), utf8("null"), utf8("[]"), utf8("1"), utf8("{"), Uint8Array.of(0xff), utf8("[".repeat(100_000))]) {
    for (const reader of [readContact, readMessage, readAnswer, readGrant, readBlocks]) assert.throws(() => reader(bytes as ReturnType<typeof utf8>), malformed);
  }
  const message = readMessage(utf8('{"v":1,"text":"a\\u0000b\\u202ec\\r\\nd\\ud800\\udc00\\ude00\\ud800","sent":"2026-11-22T02:10Z","__proto__":{"x":1}}'));
  assert.equal(message.text, "abc\nd\ud800\udc00\ufffd\ufffd");
  assert.equal((message as { x?: number }).x, undefined);
  const empty = object({ toString: optional(text(10), "none") });
  assert.equal((empty({}) as unknown as { toString: string }).toString, "none");
});

test("the schema reader", () => {
  const refuses = (attempt: () => unknown): void => assert.throws(() => read(attempt, null, "payload_malformed"), malformed);
  refuses(() => integer(0, 5)(6));
  refuses(() => integer(0, 5)(1.5));
  refuses(() => integer(0, 5)("1"));
  refuses(() => flag("true"));
  refuses(() => list(flag, 1)([true, true]));
  refuses(() => list(flag, 1)({ length: 0 }));
  refuses(() => tuple(flag, flag)([true]));
  refuses(() => matching(/^a$/)("b"));
  refuses(() => record(/^a$/, flag, 2)({ b: true }));
  refuses(() => record(/^a/, flag, 1)({ a: true, aa: true }));
  refuses(() => text(3, 1)(""));
  assert.equal(clean("a\u0007\u200bb"), "a\u200bb");
  assert.deepEqual({ ...record(/^\w+$/, integer(0, 9), 5)({ a: 1 }) }, { a: 1 });
  assert.throws(() => readJson(flag, "{", "directory_malformed"), (error: unknown) => isClientError(error, "directory_malformed"));
  assert.throws(() => read(() => { throw new TypeError("ours"); }, 1, "payload_malformed"), TypeError);
});

test("postcodes: several Kreise ask, unknown ones are empty, every usual spelling is understood", () => {
  const regions = new Regions({
    format: "erstkontakt-regions/1",
    lands: { DE8: "Mecklenburg-Vorpommern", DEF: "Schleswig-Holstein" },
    kreise: { DE803: ["Rostock", [18055, 2, 50]], DE80M: ["Ärmelkreis", [1067, 17000, 38]], DEF06: ["Zwei", [18107]] },
  });
  assert.deepEqual(regions.byPostcode("18055").map(({ id, land, landName }) => [id, land, landName]), [["DE803", "DE8", "Mecklenburg-Vorpommern"]]);
  for (const typed of ["D-18055", "18 055", " 18055 ", "DE-18055", "d18055"]) assert.equal(regions.byPostcode(typed)[0]!.id, "DE803", typed);
  assert.deepEqual(regions.byPostcode("01067").map(({ id }) => id), ["DE80M"]);
  assert.equal(regions.byPostcode("18107").length, 2);
  for (const typed of ["", "1805", "180555", "A-1010", "١٨٠٥٥", "99999", "x".repeat(1000)]) assert.deepEqual(regions.byPostcode(typed), [], typed);
  assert.deepEqual(regions.near("18055").map(({ name }) => name), ["Ärmelkreis", "Rostock"]);
  assert.deepEqual(regions.near("18"), []);
  assert.deepEqual(regions.places.map(({ name }) => name), ["Ärmelkreis", "Rostock", "Zwei"]);
  assert.equal(regions.byId("DE80M")!.name, "Ärmelkreis");
  assert.equal(regions.byId("toString"), undefined);
});

test("closing days follow the calendar of the offices, not of the device", () => {
  assert.equal(berlinDay(new Date("2026-11-22T23:30:00Z")), "2026-11-23");
  assert.equal(berlinDay(new Date("2026-07-01T21:59:00Z")), "2026-07-01");
  assert.equal(berlinDay(new Date("2026-07-01T22:00:00Z")), "2026-07-02");
});

test("a stamp that asks for too much work is refused", async () => {
  for (const bits of [-1, 23, 64, NaN]) await assert.rejects(solveStamp(new Uint8Array(10), bits, 1), (error: unknown) => isClientError(error, "stamp"));
});

test("telephone numbers are read as Python reads them", () => {
  const { rules, cases } = JSON.parse(project("tests/vectors/numbers.json")) as { rules: NumberRules; cases: { typed: string; e164?: string; spoken?: string; why?: string }[] };
  for (const { typed, e164, spoken, why } of cases) {
    const got = readNumber(typed, rules);
    // Of other countries the browser knows no more than that they are others.
    if (why) assert.ok(got === why || (typeof got === "string" && /^(\+|00)/.test(typed)), `${typed}: ${JSON.stringify(got)}, not ${why}`);
    else assert.deepEqual(got, { e164, spoken }, typed);
  }
});
