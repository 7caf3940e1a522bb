/**
 * Who may read in a team, since when, admitted by whom: the signed, chained log, proved in this browser by the same table as
 * intake/people.py. The server keeps the entries; it cannot write one, and leaving one out breaks the chain.
 */
import { type Bytes, concat, equal, fromBase64, fromHex, fromUtf8, sha256, toBase64, toHex, utf8 } from "../lib/bytes.ts";
import { ClientError } from "../lib/errors.ts";
import { type Identity, verifies } from "../lib/identity.ts";
import { integer, matching, nullable, object, oneOf, readJson } from "../lib/schema.ts";

const ACTS = ["invited", "granted", "role", "revoked", "recovered", "epoch"] as const;
export type Act = (typeof ACTS)[number];
export const TEAM_ROLES = ["counsellor", "lead", "supervisor"] as const;
export type TeamRole = (typeof TEAM_ROLES)[number];
export type Standing = "invited" | "reading" | "ended";

export interface Statement {
  readonly number: number;
  readonly at: string;
  readonly by: string;
  readonly act: Act;
  readonly member: string;
  readonly role: TeamRole | null;
  readonly secrecy: string | null;
  readonly epoch: number | null;
  readonly kid: string | null;
  readonly asked: string;
}

/** One member as the log tells. `by` is "" when the team's own key admitted them. */
export interface Reader {
  readonly member: string;
  readonly standing: Standing;
  readonly role: TeamRole;
  readonly since: string;
  readonly by: string;
  readonly kemHash: string | null;
  readonly verify: string | null;
  readonly secrecy: string | null;
}

/** What follows from a log. `broken`: the number of the first entry that does not hold; everything after it counts for nothing. */
export interface Roll {
  readonly team: string;
  readonly head: string | null;
  readonly at: string;
  readonly epoch: number | null;
  readonly kid: string | null;
  readonly readers: ReadonlyMap<string, Reader>;
  readonly statements: readonly Statement[];
  readonly broken: number | null;
}

const NEXT: Readonly<Record<string, Standing>> = {
  "none invited": "invited", "invited invited": "invited", "ended invited": "invited",
  "invited granted": "reading", "reading granted": "reading",
  "invited role": "invited", "reading role": "reading",
  "invited revoked": "ended", "reading revoked": "ended",
  "reading recovered": "invited",
};
/** What the team's own key may besides: admit somebody without an invitation, from the safe. */
const BY_TEAM_KEY: Readonly<Record<string, Standing>> = { "none granted": "reading", "ended granted": "reading" };

const MAGIC = utf8("EKD1\n");
const HEAD = MAGIC.length + 88 + 1;
const SIGNED = utf8("erstkontakt/1 people");
const id = matching(/^([a-z][a-z0-9._-]{0,31})?$/);
const hash = matching(/^[0-9a-f]{64}$/);
const absent = <T>(reader: (value: unknown) => T, otherwise: T) => (value: unknown): T => (value === undefined ? otherwise : reader(value));

const reader = object({
  v: oneOf([1]), team: matching(/^[a-z0-9]+(-[a-z0-9]+)*$/), number: integer(1, 1_000_000), previous: nullable(hash),
  at: matching(/^\d{4}-\d\d-\d\dT\d\d:\d\dZ$/), by: id, act: oneOf(ACTS), member: absent(id, ""),
  role: absent(nullable(oneOf(TEAM_ROLES)), null), kem_hash: absent(nullable(hash), null), verify: absent(nullable(hash), null),
  secrecy: absent(nullable(matching(/^\d{4}-\d\d-\d\d$/)), null), epoch: absent(nullable(integer(1, 10_000)), null),
  kid: absent(nullable(matching(/^[0-9a-f]{16}$/)), null), asked: absent(id, ""),
});
type Said = ReturnType<typeof reader>;

const refuse = (why: string): never => {
  throw new ClientError("signature_forged", why);
};

export function emptyRoll(team: string): Roll {
  return { team, head: null, at: "", epoch: null, kid: null, readers: new Map(), statements: [], broken: null };
}

/** Proves the whole log. Throws nothing: where it breaks, the rest is left out and `broken` says where. */
export async function replay(team: string, log: readonly string[], teamKeys: readonly Bytes[]): Promise<Roll> {
  let roll = emptyRoll(team);
  for (const [index, entry] of log.entries()) {
    try {
      roll = await follow(roll, fromBase64(entry), teamKeys);
    } catch {
      return { ...roll, broken: index + 1 };
    }
  }
  return roll;
}

async function follow(roll: Roll, blob: Bytes, teamKeys: readonly Bytes[]): Promise<Roll> {
  const body = blob.slice(HEAD);
  const said = readJson(reader, fromUtf8(body), "signature_forged");
  if (said.team !== roll.team || said.number !== roll.statements.length + 1 || said.previous !== roll.head) refuse("chain");
  if (!equal(blob.slice(0, MAGIC.length), MAGIC) || blob[HEAD - 1] !== 10) refuse("form");
  const signature = fromBase64(fromUtf8(blob.slice(MAGIC.length, HEAD - 1)));
  let proved = false;
  for (const key of signers(roll, said, teamKeys)) proved ||= await verifies(signature, concat(SIGNED, body), key);
  if (!proved) refuse("signature");
  const after = step(roll, said);
  const { number, at, by, act, member, role, secrecy, epoch, kid, asked } = said;
  return { ...after, head: toHex(sha256(blob)), at, statements: [...roll.statements, { number, at, by, act, member, role, secrecy, epoch, kid, asked }] };
}

function signers(roll: Roll, said: Said, teamKeys: readonly Bytes[]): readonly Bytes[] {
  if (said.by === "") return teamKeys;
  const author = roll.readers.get(said.by);
  const leaving = said.act === "revoked" && said.member === said.by;
  if (author?.standing !== "reading" || author.verify === null) return refuse("author");
  if ((author.role !== "lead" && !leaving) || (said.act === "recovered" && said.member === said.by)) refuse("not a lead");
  return [fromHex(author.verify)];
}

function step(roll: Roll, said: Said): Roll {
  if (said.act === "epoch") {
    if (said.epoch === null || said.kid === null || said.epoch < (roll.epoch ?? 0)) return refuse("epoch");
    return { ...roll, epoch: said.epoch, kid: said.kid };
  }
  const before = roll.readers.get(said.member);
  const arrow = `${before?.standing ?? "none"} ${said.act}`;
  const standing = NEXT[arrow] ?? (said.by === "" ? BY_TEAM_KEY[arrow] : undefined);
  if (standing === undefined || said.member === "") return refuse("not in the table");
  const readers = new Map(roll.readers).set(said.member, changed(before, said, standing));
  if (leads(roll.readers) > 0 && leads(readers) === 0 && said.act !== "recovered") refuse("last lead");
  return { ...roll, readers };
}

function changed(before: Reader | undefined, said: Said, standing: Standing): Reader {
  const role = said.role ?? before?.role ?? "counsellor";
  if (said.act === "granted") {
    if (said.kem_hash === null || said.verify === null || said.secrecy === null || said.secrecy > said.at.slice(0, 10)) return refuse("grant");
    return { member: said.member, standing, role, since: said.at, by: said.by, kemHash: said.kem_hash, verify: said.verify, secrecy: said.secrecy };
  }
  if ((said.act === "role" || said.act === "invited") && said.role === null) refuse("role");
  if (said.act === "role" && before !== undefined) return { ...before, role };
  return { member: said.member, standing, role, since: said.at, by: said.by, kemHash: null, verify: null, secrecy: before?.secrecy ?? null };
}

function leads(readers: ReadonlyMap<string, Reader>): number {
  return [...readers.values()].filter(({ standing, role }) => standing === "reading" && role === "lead").length;
}

export interface Saying { readonly act: Act; readonly member?: string; readonly role?: TeamRole; readonly kem_hash?: string; readonly verify?: string; readonly secrecy?: string; readonly epoch?: number; readonly kid?: string; readonly asked?: string }

/** The next entry, signed by this member. Base64. */
export async function state(roll: Roll, by: string, signer: Identity, at: Date, saying: Saying): Promise<string> {
  const body = utf8(JSON.stringify({ v: 1, team: roll.team, number: roll.statements.length + 1, previous: roll.head, at: `${at.toISOString().slice(0, 16)}Z`, by, ...saying }));
  const signature = await signer.sign(concat(SIGNED, body));
  return toBase64(concat(MAGIC, utf8(`${toBase64(signature)}\n`), body));
}
