/** The console's pure parts: honest strength, visible control characters, sending once, looking for news without moving the list. */
import assert from "node:assert/strict";
import { recognise, safeName } from "../console/attachments.ts";
import { readAttachment } from "../lib/payloads.ts";
import { test } from "node:test";
import { Api, ApiError, type ContactRow, type Counts } from "../console/api.ts";
import { age, overdue } from "../console/clock.ts";
import { Inbox } from "../console/inbox.ts";
import { head, pieces } from "../console/safe_text.ts";
import { Sending } from "../console/sending.ts";
import { ENOUGH, estimate, suggest } from "../console/strength.ts";
import { speak, t, tn } from "../console/words.ts";

test("what everybody tries first is weak, however long", () => {
  for (const guess of ["passwort", "Passwort2024!", "qwertzuiop123", "aaaaaaaaaaaaaaaaaaaaaaaa", "Sommer2024Sommer2024Sommer", "hallo hallo hallo hallo hallo", "01.02.1990", "Mira Petersen 1985", "abcdefghijklmnopqrstuvwxyz"]) {
    assert.equal(estimate(guess, ["mira", "Mira Petersen"]).level, "weak", guess);
  }
});

test("five drawn words suffice, six are strong, and so is a random string", () => {
  assert.equal(estimate("standort klimpern jasmin kraft unkosten").level, "fair");
  for (let i = 0; i < 50; i++) {
    const words = suggest();
    assert.equal(words.split(" ").length, 6);
    assert.ok(estimate(words).bits >= ENOUGH, words); // a word may be drawn twice, that is chance
  }
  assert.equal(estimate("x7Kq!9vZ#2mTp4wRb").level, "strong");
});

test("a longer passphrase is never weaker", () => {
  let before = 0;
  let phrase = "";
  for (const word of ["lampe", "fenster", "acht", "wolke", "tisch", "regen"]) {
    phrase += `${phrase === "" ? "" : " "}${word}`;
    const { bits } = estimate(phrase);
    assert.ok(bits >= before);
    before = bits;
  }
});

test("characters that lie about the text are named, everything else stays as it is", () => {
  assert.deepEqual(pieces("plain ä 👩‍👩‍👧 می‌خواهم\nnext"), [{ kind: "text", text: "plain ä 👩‍👩‍👧 می‌خواهم\nnext" }]);
  assert.deepEqual(pieces("a\u202egpj.exe"), [
    { kind: "text", text: "a" },
    { kind: "control", name: "RLO", code: "U+202E" },
    { kind: "text", text: "gpj.exe" },
  ]);
  for (const hidden of ["\u0000", "\u001b", "\u200b", "\u2066", "\u{e0041}", "\ufeff"]) assert.equal(pieces(hidden)[0]?.kind, "control", hidden.codePointAt(0)?.toString(16));
  assert.deepEqual(pieces("a\r\nb\rc"), [{ kind: "text", text: "a\nb\nc" }]);
});

test("a long text is never cut inside a character", () => {
  assert.equal(head("ab👍cd", 3), "ab");
  assert.equal(head("ab👍cd", 4), "ab👍");
});

test("ages are told by the hour and the day, never finer than the server knows", () => {
  const at = new Date("2026-11-22T12:30:00Z");
  assert.equal(age("2026-11-22T12:00Z", at), "gerade eben");
  assert.equal(age("2026-11-22T09:00Z", at), "seit 3 Std.");
  assert.equal(age("2026-11-20T12:00Z", at), "seit 2 Tagen");
  assert.equal(age("nonsense", at), "");
  assert.equal(overdue("2026-11-21", at), true);
  assert.equal(overdue("2026-11-22", at), false);
});

test("a missing translation is German, never empty", () => {
  speak("en", { "Neu": "New", "{n} Anfrage": ["{n} request", "{n} requests"] });
  assert.equal(t("Neu"), "New");
  assert.equal(t("Unbekannt {x}", { x: 1 }), "Unbekannt 1");
  assert.equal(tn("{n} Anfrage", "{n} Anfragen", 1), "1 request");
  assert.equal(tn("{n} Anfrage", "{n} Anfragen", 7), "7 requests");
  speak("de", {});
});

const COUNTS: Counts = { new: 0, mine: 0, waiting: 0, others: 0, closed: 0 };
const row = (mailbox: string, more: Partial<ContactRow> = {}): ContactRow => ({
  mailbox, team: "t", state: "received", urgent: false, channel: "web", received: "2026-11-22T09:00Z", answer_by: "2026-11-24", erase_on: "2026-12-22",
  claimed_by: null, unread: 1, waiting: false, size: 4096, ...more,
});

test("a double tap sends once", async () => {
  const api = new Api();
  let sent = 0;
  let let_go = (): void => undefined;
  api.answer = () => { sent += 1; return new Promise((done) => { let_go = () => done(undefined); }); };
  const sending = new Sending(api);
  const both = [sending.send("m", "answer", "text", async () => "envelope"), sending.send("m", "answer", "text", async () => "other")];
  await new Promise((soon) => setTimeout(soon, 5));
  let_go();
  await Promise.all(both);
  assert.equal(sent, 1);
});

test("an answer that got lost on the way back is not sent again", async () => {
  const api = new Api();
  const stored: string[] = [];
  api.answer = async (_, envelope) => { stored.push(envelope); throw new ApiError(503, "busy", "later"); };
  api.contact = async () => ({ ...row("m"), entries: stored.map((envelope, i) => ({ number: i + 1, author: "team", day: "2026-11-22", envelope })), attachments: [], handovers: [] });
  const sending = new Sending(api);
  await assert.rejects(sending.send("m", "answer", "text", async () => "first"));
  await sending.send("m", "answer", "text", async () => "second");
  assert.deepEqual(stored, ["first"]);
});

test("an answer that never arrived goes out again in the same envelope, a changed one in a new one", async () => {
  const api = new Api();
  const tried: string[] = [];
  let broken = true;
  api.answer = async (_, envelope) => { tried.push(envelope); if (broken) throw new ApiError(0, "offline", "later"); };
  api.contact = async () => ({ ...row("m"), entries: [], attachments: [], handovers: [] });
  const sending = new Sending(api);
  await assert.rejects(sending.send("m", "answer", "text", async () => "first"));
  await assert.rejects(sending.send("m", "answer", "text", async () => "never"));
  broken = false;
  await sending.send("m", "answer", "changed text", async () => "new");
  assert.deepEqual(tried, ["first", "first", "new"]);
});

test("news never move a list that somebody is working in", async () => {
  const api = new Api();
  let rows = [row("a"), row("b")];
  api.contacts = async () => ({ contacts: rows, next: null, counts: { ...COUNTS, new: rows.length } });
  const inbox = new Inbox(api);
  await inbox.show("new", null);
  inbox.start();
  const told: [number, boolean][] = [];
  inbox.onNews = (...news) => told.push(news);
  inbox.atRest = () => false;
  rows = [row("c", { urgent: true }), row("a", { unread: 2 }), row("b")];
  await inbox.look();
  assert.deepEqual(inbox.state.get().pages.flat().map(({ mailbox }) => mailbox), ["a", "b"]);
  assert.equal(inbox.state.get().pages.flat()[0]?.unread, 2);
  assert.deepEqual([inbox.state.get().fresh, inbox.state.get().freshUrgent], [1, true]);
  assert.deepEqual(told, [[1, true]]);
  inbox.atRest = () => true;
  await inbox.look();
  assert.deepEqual(inbox.state.get().pages.flat().map(({ mailbox }) => mailbox), ["c", "a", "b"]);
  inbox.stop();
});

test("an answer to an older question is dropped", async () => {
  const api = new Api();
  const waiting: ((value: { contacts: ContactRow[]; next: null; counts: Counts }) => void)[] = [];
  api.contacts = () => new Promise((done) => waiting.push(done));
  const inbox = new Inbox(api);
  const first = inbox.show("new", null);
  const second = inbox.show("mine", null);
  waiting[1]!({ contacts: [row("mine")], next: null, counts: COUNTS });
  waiting[0]!({ contacts: [row("new")], next: null, counts: COUNTS });
  await Promise.all([first, second]);
  assert.deepEqual(inbox.state.get().pages.flat().map(({ mailbox }) => mailbox), ["mine"]);
});

test("an attachment is what its first bytes say, and nothing that acts is ever shown", () => {
  const bytes = (text: string) => Uint8Array.from([...text].map((letter) => letter.charCodeAt(0)));
  assert.deepEqual(recognise(bytes("\xff\xd8\xff\xe0JFIF")), { type: "image/jpeg", show: "picture" });
  assert.deepEqual(recognise(bytes("\x89PNG\r\n\x1a\n")), { type: "image/png", show: "picture" });
  assert.deepEqual(recognise(bytes("RIFF\0\n\r\u0001WEBPVP8")), { type: "image/webp", show: "picture" });
  assert.deepEqual(recognise(bytes("RIFF\0\0\0\0WAVEfmt")), { type: "audio/wav", show: "sound" });
  assert.deepEqual(recognise(bytes("OggS\0\u0002")), { type: "audio/ogg", show: "sound" });
  assert.deepEqual(recognise(bytes("\0\0\0\u0018ftypM4A ")), { type: "audio/mp4", show: "sound" });
  for (const acting of ["<svg onload=alert(1)>", "<!doctype html><script>", "%PDF-1.7", "MZ\x90", "", "PK\u0003\u0004"]) {
    assert.deepEqual(recognise(bytes(acting)), { type: "", show: null });
  }
});

test("a file is saved under a name that cannot start anything", () => {
  assert.equal(safeName("urlaub.jpg", "image/jpeg"), "urlaub.jpg");
  assert.equal(safeName("rechnung.pdf.exe", ""), "rechnung.pdf.exe.bin");
  assert.equal(safeName("../../etc/passwd", "image/png"), "etc passwd.png");
  assert.equal(safeName("bild\u202egpj.exe", "image/jpeg"), "bild gpj.exe.jpg");
  assert.equal(safeName(" ..", "audio/ogg"), "anhang.ogg");
});

test("an attachment has a head, a zero byte, and its bytes as they are", () => {
  const head = new TextEncoder().encode('{"v":1,"name":"a","type":"image/png","sent":"2026-11-22T02:10Z"}');
  const payload = Uint8Array.from([...head, 0, 1, 0, 2]);
  assert.deepEqual([...readAttachment(payload).content], [1, 0, 2]);
  assert.throws(() => readAttachment(head), { code: "payload_malformed" });
});
