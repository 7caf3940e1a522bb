import assert from "node:assert/strict";
import { test } from "node:test";
import { toBase64, toHex } from "../lib/bytes.ts";
import { prepareCode, type PreparedCode, sealContact, sendContact } from "../lib/contact.ts";
import { ClientError, type ErrorCode } from "../lib/errors.ts";
import { openMailbox } from "../lib/mailbox.ts";
import type { ContactForm } from "../lib/payloads.ts";
import { clock, House, json } from "./house.ts";

const SENTENCE = "Mein Sohn ist 17 und hat seit dem Sommer neue Freunde. Ruf 0176 1234567 an.";
const FORM: ContactForm = { lang: "de", role: "relative", phenomena: ["RE"], kreis: "DE80M", text: SENTENCE, urgent: false, onlyCivil: false, notCarriers: [] };

let code: PreparedCode | undefined;
/** One code for most tests: stretching it is the slow part. */
async function preparedCode(house: House): Promise<PreparedCode> {
  return (code ??= await prepareCode(await house.directory()));
}

async function send(house: House, form: Partial<ContactForm> = {}, team = "centre-west"): Promise<Awaited<ReturnType<typeof sendContact>>> {
  const directory = await house.directory();
  return sendContact(await sealContact(directory, await preparedCode(house), team, { ...FORM, ...form }, clock), clock);
}

const fails = (code: ErrorCode) => (error: unknown): boolean => error instanceof ClientError && (error.code === code || assert.fail(`${error.code} instead of ${code}`));

/** Everything that went over the line: neither the text, nor a piece of it, nor the code's words, nor the place, in any usual spelling. */
function assertNothingReadable(house: House, ...planted: string[]): void {
  // The characters that this text alone decides, whatever stands around it. Six or more: fewer turn up in sealed bytes by chance.
  const base64At = (text: string, shift: number): string => {
    const bytes = new TextEncoder().encode("x".repeat(shift) + text);
    return toBase64(bytes).slice(Math.ceil((shift * 8) / 6), Math.floor((bytes.length * 8) / 6));
  };
  const spelled = (text: string): string[] => {
    const shifted = [0, 1, 2].map((shift) => base64At(text, shift));
    for (const one of shifted) assert.ok(one.length >= 6, text);
    return [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1), toHex(new TextEncoder().encode(text)), ...shifted];
  };
  for (const { path, body } of house.requests) {
    for (const secret of planted.flatMap(spelled)) assert.ok(!path.includes(secret) && !body.includes(secret), `readable in ${path}`);
  }
}

test("the mother from Wismar: sealed, received, read by the team, answered, read with the code", async () => {
  const house = await House.build();
  const receipt = await send(house, { urgent: true });
  assert.equal(receipt.words.length, 8);
  assert.deepEqual([receipt.answerBy, receipt.eraseOn, receipt.team.id, receipt.sealedAgain], ["2026-11-25", "2026-12-22", "centre-west", false]);
  const read = await house.read("centre-west");
  assert.equal(read["text"], SENTENCE);
  assert.equal(read["sent"], "2026-11-22T02:10Z");
  assert.deepEqual(read["wishes"], { only_civil: false, not_carriers: [] });
  await house.reply("centre-west", "Guten Tag, wir sind da.");
  const mailbox = await openMailbox(receipt.directory, receipt.words.map((word) => word.slice(0, 4).toUpperCase()).join("-"), undefined, clock);
  assert.deepEqual(mailbox.entries.map(({ author, trust, text, team, from }) => [author, trust, text, team?.id ?? null, from]), [
    ["person", "genuine", SENTENCE, null, ""],
    ["team", "genuine", "Guten Tag, wir sind da.", "centre-west", "Beratungsteam"],
  ]);
  assert.equal(mailbox.movable, false);
  assert.equal(await mailbox.write("Danke!"), 3);
  const fresh = await mailbox.refresh();
  assert.equal(fresh.entries[2]!.text, "Danke!");
  await fresh.erase();
  await assert.rejects(mailbox.refresh(), fails("mailbox_missing"));
  assertNothingReadable(house, SENTENCE, "0176 1234567", "Danke!", "DE80M", receipt.words.join(" "), receipt.words[0]! + " ");
});

test("sending twice is one contact", async () => {
  const house = await House.build();
  const directory = await house.directory();
  const sealed = await sealContact(directory, await preparedCode(house), "centre-west", FORM, clock);
  const [first, second] = await Promise.all([sendContact(sealed, clock), sendContact(sealed, clock)]);
  assert.deepEqual(first.words, second.words);
  // The back button and a second press on send: sealed anew, the same mailbox.
  await sendContact(await sealContact(directory, await preparedCode(house), "centre-west", FORM, clock), clock);
  assert.equal(house.stored.size, 1);
});

test("an answer lost on the way: sending again makes neither a second contact nor a second message", async () => {
  const house = await House.build();
  const sealed = await sealContact(await house.directory(), await preparedCode(house), "centre-west", FORM, clock);
  house.instead.push("late");
  await assert.rejects(sendContact(sealed, clock), fails("network"));
  const receipt = await sendContact(sealed, clock);
  assert.equal(house.stored.size, 1);
  const mailbox = await openMailbox(receipt.directory, receipt.words.join(" "), undefined, clock);
  house.instead.push("late");
  await assert.rejects(mailbox.write("Noch etwas"), fails("network"));
  assert.equal(await mailbox.write("Noch etwas"), 2);
  assert.equal(await mailbox.write("Noch etwas"), 3, "said twice on purpose is two messages");
  house.instead.push("broken");
  await assert.rejects(mailbox.write("Anders"), fails("network"));
  assert.equal(await mailbox.write("Anders gesagt"), 4);
  assert.deepEqual((await mailbox.refresh()).entries.map(({ text }) => text), [SENTENCE, "Noch etwas", "Noch etwas", "Anders gesagt"]);
});

test("stale form after a new key epoch: sealed again by itself for the new key", async () => {
  const house = await House.build();
  const directory = await house.directory();
  const sealed = await sealContact(directory, await preparedCode(house), "centre-west", FORM, clock);
  house.epochs["centre-west"] = 2;
  house.version = 2;
  const receipt = await sendContact(sealed, clock);
  assert.equal(receipt.sealedAgain, true);
  assert.equal(receipt.directory.version, 2);
  assert.equal((await house.read("centre-west"))["text"], SENTENCE);
  assertNothingReadable(house, SENTENCE, "DE80M");
});

test("a message to a mailbox whose team has a new epoch is sealed again; old answers stay genuine", async () => {
  const house = await House.build();
  const receipt = await send(house);
  await house.reply("centre-west", "Erste Antwort");
  const mailbox = await openMailbox(receipt.directory, receipt.words.join(" "), undefined, clock);
  house.epochs["centre-west"] = 2;
  house.version = 2;
  await mailbox.write("Noch etwas");
  assert.equal(mailbox.directory.version, 2);
  const fresh = await mailbox.refresh();
  assert.deepEqual(fresh.entries.map(({ trust }) => trust), ["genuine", "genuine", "genuine"]);
});

test("a key that changes twice during one sending is told, not repeated for ever", async () => {
  const house = await House.build();
  const sealed = await sealContact(await house.directory(), await preparedCode(house), "centre-west", FORM, clock);
  house.epochs["centre-west"] = 2;
  house.version = 2;
  const stale = json(409, { error: "stale_key", message: "…", directory: toBase64(await house.blob()) });
  const again = json(409, { error: "stale_key", message: "…", directory: toBase64(await house.blob()) });
  house.instead.push(() => stale, () => undefined, () => again);
  await assert.rejects(sendContact(sealed, clock), fails("stale_twice"));
  assert.equal(house.stored.size, 0);
});

for (const [name, change, code] of [
  ["signed by another root", async (house: House) => house.blob(undefined, new Uint8Array(32).fill(9)), "directory_forged"],
  ["rolled back", async (house: House) => ((house.version = 0), house.blob({ ...house.contents(), version: 1 })), "directory_rolled_back"],
  ["expired", async (house: House) => ((house.expires = "2026-11-22T02:00:00Z"), house.blob()), "directory_expired"],
  ["without the team", async (house: House) => (house.hidden.add("centre-west"), house.blob()), "team_changed"],
  ["with the team under a state carrier", async (house: House) => ((house.spec["centre-west"] = { carrier: "police", kind: "state", legality: true }), house.blob()), "team_changed"],
  ["with the team's carrier now bound to prosecute", async (house: House) => ((house.spec["centre-west"] = { carrier: "civil-west", kind: "civil", legality: true }), house.blob()), "team_changed"],
  ["with the very same key", async (house: House) => ((house.epochs["centre-west"] = 1), house.blob()), "team_changed"],
] as const) {
  test(`a "newer" directory ${name} is refused, and nothing is sent again`, async () => {
    const house = await House.build();
    house.version = name === "rolled back" ? 5 : 1;
    const sealed = await sealContact(await house.directory(), await preparedCode(house), "centre-west", FORM, clock);
    house.version += 1;
    house.epochs["centre-west"] = 2;
    const blob = await change(house);
    house.instead.push(() => json(409, { error: "stale_key", message: "…", directory: toBase64(blob) }));
    await assert.rejects(sendContact(sealed, clock), fails(code));
    assert.equal(house.requests.filter(({ path }) => path === "/api/contacts").length, 1);
  });
}

test("hard wishes: a state team, or an excluded carrier, is never sealed for", async () => {
  const house = await House.build();
  const directory = await house.directory();
  const prepared = await preparedCode(house);
  await assert.rejects(sealContact(directory, prepared, "police", { ...FORM, onlyCivil: true }, clock), fails("team_changed"));
  await assert.rejects(sealContact(directory, prepared, "centre-west", { ...FORM, notCarriers: ["civil-west"] }, clock), fails("team_changed"));
  await assert.rejects(sealContact(directory, prepared, "nobody", FORM, clock), fails("team_unknown"));
  assert.deepEqual(house.requests, []);
});

test("a team key that is not the one in the directory is refused", async () => {
  const house = await House.build();
  house.instead.push(() => new Response(house.identities["police"]![0]!.kem));
  await assert.rejects(sealContact(await house.directory(), await preparedCode(house), "centre-west", FORM, clock), fails("key_forged"));
  // … and asked for again the next time, not remembered.
  await sealContact(await house.directory(), await preparedCode(house), "centre-west", FORM, clock);
});

test("a harder stamp and another hour are solved again by themselves", async () => {
  const house = await House.build();
  house.bits = 14;
  const late = (): Date => new Date(clock().getTime() + 26 * 3_600_000);
  const directory = await house.directory();
  await sendContact(await sealContact(directory, await preparedCode(house), "centre-west", FORM, clock), late);
  assert.equal(house.stored.size, 1);
  house.instead.push(() => undefined, ...Array.from({ length: 9 }, () => () => json(428, { error: "stamp", message: "…", bits: 3, hour: 1 })));
  await assert.rejects(send(house), fails("stamp"));
  house.instead.splice(0);
  house.instead.push(() => undefined, () => json(428, { error: "stamp", message: "…", bits: 40, hour: 1 }));
  await assert.rejects(send(house), fails("busy"));
});

test("every refusal and every broken line has its own code, and the form can be sent afterwards", async () => {
  const house = await House.build();
  const sealed = await sealContact(await house.directory(), await preparedCode(house), "centre-west", FORM, clock);
  const cases: [Response | "broken", ErrorCode][] = [
    ["broken", "network"],
    [json(503, { error: "disk_full", message: "…" }), "unavailable"],
    [new Response("<h1>502 Bad Gateway</h1>", { status: 502 }), "unavailable"],
    [json(429, { error: "busy", message: "…" }, { "Retry-After": "7" }), "busy"],
    [json(413, { error: "too_large", message: "…" }), "too_large"],
    [json(422, { error: "malformed", message: "…" }), "refused"],
    [json(409, { error: "mailbox_taken", message: "…" }), "mailbox_taken"],
    [json(409, { error: "stale_key", message: "…", directory: "?" }), "malformed_answer"],
    [json(201, { answer_by: "<b>morgen</b>", erase_on: null }), "malformed_answer"],
    [new Response("ok", { status: 201 }), "malformed_answer"],
  ];
  for (const [answer, code] of cases) {
    house.instead.push(answer === "broken" ? "broken" : () => answer);
    await assert.rejects(sendContact(sealed, clock), fails(code));
  }
  house.instead.push(() => json(429, { error: "busy", message: "…" }, { "Retry-After": "7" }));
  await assert.rejects(sendContact(sealed, clock), (error: ClientError) => error.seconds === 7);
  await sendContact(sealed, clock);
  assert.equal(house.stored.size, 1);
  assertNothingReadable(house, SENTENCE);
});

test("empty and oversized texts are told before anything is sent; NUL is dropped; 200,000 characters fit", async () => {
  const house = await House.build();
  for (const [text, code] of [["", "empty_text"], [" \n\t", "empty_text"], ["\u0000", "empty_text"], ["x".repeat(200_001), "too_large"], ["😀".repeat(2_600_000), "too_large"]] as const) {
    await assert.rejects(send(house, { text }), fails(code));
  }
  assert.equal(house.requests.filter(({ path }) => path.startsWith("/api")).length, 0);
  await send(house, { text: "ä\u0000€" + "😀".repeat(99_998) });
  assert.ok(((await house.read("centre-west"))["text"] as string).startsWith("ä€😀"));
});

test("without crypto.subtle there is a clear error and never a fallback", async () => {
  const house = await House.build();
  const directory = await house.directory();
  const prepared = await preparedCode(house);
  const held = Object.getOwnPropertyDescriptor(globalThis, "crypto")!;
  Object.defineProperty(globalThis, "crypto", { value: { getRandomValues: () => assert.fail("used") }, configurable: true });
  try {
    await assert.rejects(prepareCode(directory), fails("insecure_context"));
    await assert.rejects(sealContact(directory, prepared, "centre-west", FORM, clock), fails("insecure_context"));
  } finally {
    Object.defineProperty(globalThis, "crypto", held);
  }
  assert.equal(house.requests.filter(({ method }) => method === "POST").length, 0);
});

test("an answer forged by the server is shown as forged, a foreign one as unreadable; both without text", async () => {
  const house = await House.build();
  const receipt = await send(house);
  await house.reply("centre-west", "Kommen Sie morgen um 8 an den Bahnhof.", code!.identity);
  await house.reply("centre-west", "Für jemand anderen", undefined, house.identities["youth"]![2]!.kem);
  const box = [...house.stored.values()][0]!;
  box.entries.push({ number: 9, author: "team", day: "2026-11-23", envelope: "AAAA" }, { number: 10, author: "team", day: "2026-11-23", envelope: box.entries[0]!.envelope });
  const mailbox = await openMailbox(receipt.directory, receipt.words.join(" "), undefined, clock);
  assert.deepEqual(mailbox.entries.slice(1).map(({ trust, text }) => [trust, text]), [["forged", ""], ["unreadable", ""], ["unreadable", ""], ["unreadable", ""]]);
});

test("another team's genuine answer carries that team's name, whatever it claims", async () => {
  const house = await House.build();
  const receipt = await send(house);
  await house.reply("centre-west", "Wir übernehmen.", house.identity("youth"));
  const mailbox = await openMailbox(receipt.directory, receipt.words.join(" "), undefined, clock);
  assert.deepEqual([mailbox.entries[1]!.trust, mailbox.entries[1]!.team!.id], ["genuine", "youth"]);
});

test("correcting the team: everything is sealed for the new one and can no longer be opened by the old one", async () => {
  const house = await House.build();
  const receipt = await send(house);
  const mailbox = await openMailbox(receipt.directory, receipt.words.join(" "), undefined, clock);
  await mailbox.write("Und noch ein Satz");
  const fresh = await mailbox.refresh();
  assert.equal(fresh.movable, true);
  assert.ok(fresh.offers().candidates.some(({ team }) => team === "youth"));
  await fresh.moveTo("youth");
  assert.equal(fresh.team!.id, "youth");
  assert.equal((await house.read("youth"))["text"], SENTENCE);
  await assert.rejects(house.read("centre-west"), fails("envelope_unreadable"));
  assert.deepEqual((await fresh.refresh()).entries.map(({ text, trust }) => [text, trust]), [[SENTENCE, "genuine"], ["Und noch ein Satz", "genuine"]]);
  [...house.stored.values()][0]!.state = "claimed";
  await assert.rejects(fresh.moveTo("centre-west"), fails("cannot_move"));
  await assert.rejects((await fresh.refresh()).moveTo("centre-west"), fails("cannot_move"));
});

test("a server that names another team cannot get further messages sealed against the person's wishes", async () => {
  const house = await House.build();
  const receipt = await send(house, { onlyCivil: true });
  [...house.stored.values()][0]!.team = "police";
  const mailbox = await openMailbox(receipt.directory, receipt.words.join(" "), undefined, clock);
  await assert.rejects(mailbox.write("Geheim"), fails("team_changed"));
  await assert.rejects(mailbox.moveTo("police"), fails("team_changed"));
});
