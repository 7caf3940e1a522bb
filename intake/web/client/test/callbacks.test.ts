/** What the console finds out about callbacks before anybody dials, and what never leaves it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type AgreementForm, agreementPayload, type Time } from "../lib/agreement.ts";
import { type Bytes, toBase64, toHex } from "../lib/bytes.ts";
import { Kind, seal } from "../lib/envelope.ts";
import { Identity } from "../lib/identity.ts";
import { contactPayload } from "../lib/payloads.ts";
import type { Api } from "../console/api.ts";
import { Callbacks, dialled, type Due, within } from "../console/callbacks.ts";
import type { Keyring } from "../console/keys.ts";
import { NOW } from "./house.ts";

const TEN: Time = { day: "2026-11-24", from: "10:00", to: "11:00" };
const NUMBER = "+491713920047";
const person = (n: number): Promise<Identity> => Identity.fromSeed(new Uint8Array(32).fill(n));
const form = (number: string): AgreementForm => ({
  number, windows: [TEN], lang: "de", who: "only_me", introduce: "Hier ist Anne.", code_word: "Imkerei", voicemail: "hang_up", voicemail_text: "", somebody_else: "", interpreter: false,
});
const letter = { lang: "de", role: "relative", phenomena: [], kreis: null, text: "Bitte rufen Sie an.", urgent: false, onlyCivil: false, notCarriers: [] } as const;

async function due(team: Identity, n: number, number = NUMBER, more: { windows?: Time[]; signer?: Identity } = {}): Promise<Due> {
  const writer = await person(n);
  const context: Bytes = new Uint8Array(16).fill(n);
  const contact = await seal(Kind.CONTACT, context, contactPayload(letter, writer, NOW), [team, writer], writer);
  const agreement = await seal(Kind.CALLBACK, context, agreementPayload(form(number), NOW), [team, writer], more.signer ?? writer);
  return {
    mailbox: toHex(context), team: "hafen", state: "due", windows: more.windows ?? [TEN], start: "2026-11-24T09:00Z", end: "2026-11-24T10:00Z", may_dial: true, attempts: 0, last: null,
    by: "", yours: false, can_connect: false, envelope: toBase64(agreement), letter: toBase64(contact),
  };
}

class Server {
  readonly sent: string[] = [];
  list: { envelope: string | null; revision: number } = { envelope: null, revision: 0 };
  constructor(readonly callbacks: Due[]) {}
  request = async (method: string, path: string, body?: { envelope: string; revision: number }): Promise<unknown> => {
    this.sent.push(`${method} ${path} ${JSON.stringify(body ?? null)}`);
    if (path === "callbacks") return { callbacks: this.callbacks };
    if (method === "PUT" && body) this.list = { envelope: body.envelope, revision: body.revision + 1 };
    return this.list;
  };
}

async function looked(callbacks: (team: Identity) => Promise<Due[]>): Promise<{ calls: Callbacks; server: Server; keyring: Keyring; team: Identity }> {
  const team = await person(200);
  const server = new Server(await callbacks(team));
  const keyring = { reader: () => team, writer: () => team } as unknown as Keyring;
  return { calls: new Callbacks({ request: server.request } as unknown as Api), server, keyring, team };
}

test("what was agreed is opened, signed by whoever wrote the first letter", async () => {
  const { calls, keyring, team } = await looked(async (team) => [await due(team, 1)]);
  const [call] = await calls.all(keyring, () => [team.verify]);
  assert.equal(call?.standing, "genuine");
  assert.equal(call?.agreement?.code_word, "Imkerei");
  assert.deepEqual([call?.moved, call?.twins, call?.never], [false, 0, false]);
});

test("a callback that the server has moved, or written itself, is found", async () => {
  const later: Time = { day: "2026-11-24", from: "22:00", to: "23:00" };
  const { calls, keyring, team } = await looked(async (team) => [await due(team, 1, NUMBER, { windows: [later] }), await due(team, 2, "+491713920048", { signer: await person(9) })]);
  const [moved, forged] = await calls.all(keyring, () => [team.verify]);
  assert.deepEqual([moved?.standing, moved?.moved], ["genuine", true]);
  assert.deepEqual([forged?.standing, forged?.agreement], ["forged", null]);
});

test("two to one number are found, and after „nicht mehr anrufen“ nobody is called there; no number is sent", async () => {
  const { calls, keyring, team, server } = await looked(async (team) => [await due(team, 1), await due(team, 2), await due(team, 3, "+491713920048")]);
  assert.deepEqual((await calls.all(keyring, () => [team.verify])).map(({ twins }) => twins), [1, 1, 0]);
  await calls.neverAgain("hafen", NUMBER, keyring, [team.verify]);
  assert.deepEqual((await calls.all(keyring, () => [team.verify])).map(({ never }) => never), [true, true, false]);
  await calls.neverAgain("hafen", "+491713920048", keyring, [team.verify]);
  assert.deepEqual((await calls.all(keyring, () => [team.verify])).map(({ never }) => never), [true, true, true]);
  assert.ok(!server.sent.join("").includes("3920047"));
});

test("a list that cannot be read is neither taken for empty nor written over", async () => {
  const { calls, keyring, team, server } = await looked(async (team) => [await due(team, 1)]);
  await calls.neverAgain("hafen", NUMBER, keyring, [team.verify]);
  const other = await person(77);
  assert.deepEqual((await calls.all(keyring, () => [other.verify])).map(({ never }) => never), [null]);
  await assert.rejects(calls.neverAgain("hafen", NUMBER, keyring, [other.verify]));
  assert.equal(server.list.revision, 1);
});

test("times within what was agreed", () => {
  const half: Time = { day: TEN.day, from: "11:00", to: "11:30" };
  assert.ok(within([{ ...TEN, to: "11:30" }], [half, TEN]));
  assert.ok(!within([{ ...TEN, to: "11:31" }], [half, TEN]));
  assert.ok(!within([TEN], [{ ...TEN, day: "2026-11-25" }]));
});

test("the own number is hidden as the phone's network wants it", () => {
  assert.deepEqual(dialled(NUMBER, "mobile"), { shown: `#31#${NUMBER}`, href: `tel:%2331%23${NUMBER}` });
  assert.equal(dialled(NUMBER, "fixed").shown, `*31#${NUMBER}`);
  assert.equal(dialled(NUMBER, "sip").shown, NUMBER);
});
