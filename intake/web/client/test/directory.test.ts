import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, utf8 } from "../lib/bytes.ts";
import { readDirectory } from "../lib/directory.ts";
import { type ErrorCode, isClientError } from "../lib/errors.ts";
import { House, NOW } from "./house.ts";

const fails = (code: ErrorCode) => (error: unknown): boolean => isClientError(error, code) || assert.fail(`${String(error)} instead of ${code}`);

test("a right directory is read: teams, carriers, closures, keys of all epochs", async () => {
  const house = await House.build();
  house.epochs["centre-west"] = 3;
  const contents = house.contents();
  (contents["teams"] as { closed: unknown }[])[0]!.closed = [["2026-12-24", "2027-01-02"]];
  const directory = await readDirectory(await house.blob(contents), house.root, NOW);
  const team = directory.team("centre-west");
  assert.equal(directory.carrierOf(team).kind, "civil");
  assert.deepEqual(["2026-12-23", "2026-12-24", "2027-01-02", "2027-01-03"].map((day) => directory.closedOn(day).length), [0, 1, 1, 0]);
  assert.equal(directory.verifyKeysOf(team).length, 3);
  assert.equal(directory.teamByKid(team.former[1]!.kid)!.id, "centre-west");
  assert.equal((await directory.keyOf(team)).kem.length, 1216);
  assert.throws(() => directory.team("toString"), fails("team_unknown"));
  assert.equal(directory.code.memoryKib, 19456);
});

test("forged, rolled back, expired and future directories are refused", async () => {
  const house = await House.build();
  const blob = await house.blob();
  const read = (bytes: Bytes, now = NOW, atLeast = 0): Promise<unknown> => readDirectory(bytes, house.root, now, atLeast);
  await read(blob, NOW, 1);
  await assert.rejects(read(blob, NOW, 2), fails("directory_rolled_back"));
  await assert.rejects(read(blob, new Date(house.expires)), fails("directory_expired"));
  await read(blob, new Date(Date.parse(house.expires) - 1));
  await assert.rejects(read(blob, new Date("not a date")), fails("directory_expired"));
  await read(blob, new Date(Date.parse(house.issued) - 26 * 3_600_000));
  await assert.rejects(read(blob, new Date(Date.parse(house.issued) - 26 * 3_600_000 - 1)), fails("directory_not_yet_valid"));
  await assert.rejects(readDirectory(blob, house.identity("police").verify, NOW), fails("directory_forged"));
  await assert.rejects(readDirectory(blob, new Uint8Array(0), NOW), fails("directory_forged"));
  for (const at of [0, 4, 5, 60, 92, 93, 94, 500, blob.length - 1]) {
    const damaged = blob.slice();
    damaged[at]! ^= 1;
    await assert.rejects(read(damaged), fails("directory_forged"), `byte ${at}`);
  }
  for (const length of [0, 4, 50, 94, 95, blob.length - 1]) await assert.rejects(read(blob.slice(0, length)), fails("directory_forged"));
  await assert.rejects(read(utf8("<!doctype html><title>Anmeldung im WLAN</title>")), fails("directory_forged"));
});

test("a signed directory of another shape is refused", async () => {
  const house = await House.build();
  const right = house.contents();
  for (const change of [
    { format: "erstkontakt-directory/2" },
    { version: 0 },
    { version: "1" },
    { expires: "bald" },
    { teams: {} },
    { carriers: [{ id: "x" }] },
    { network: { id: "x", name: { de: "a", en: "b" }, demonstration: true, code: { salt: "AAAAAAAAAAAAAAAAAAAAAA==", memory_kib: 8, passes: 1 } } },
    { routing: null },
  ]) {
    await assert.rejects(readDirectory(await house.blob({ ...right, ...change }), house.root, NOW), fails("directory_malformed"), JSON.stringify(change));
  }
});
