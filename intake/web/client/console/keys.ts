/** The keys of one logged-in counsellor: their own, and those of the teams they were let into. In memory only. */
import { type Bytes, concat, equal, fromBase64, fromHex, sha256, toHex, utf8 } from "../lib/bytes.ts";
import type { Directory, Team } from "../lib/directory.ts";
import { Kind, open } from "../lib/envelope.ts";
import { Identity } from "../lib/identity.ts";
import { readGrant } from "../lib/payloads.ts";
import type { TeamGrant } from "./api.ts";

export interface TeamKey {
  readonly team: string;
  readonly epoch: number;
  readonly kid: string;
  readonly identity: Identity;
}

/**
 * open: can read and answer. waiting: the lead has not let the member in yet. stale: the team has a newer key that the
 * member does not hold. refused: the grant, or the key in it, is not what the signed directory says.
 */
export type Access = "open" | "waiting" | "stale" | "refused";

export function memberContext(member: string): Bytes {
  return sha256(concat(utf8("erstkontakt/1 member"), utf8(member))).slice(0, 16);
}

export function teamContext(team: string): Bytes {
  return sha256(concat(utf8("erstkontakt/1 team"), utf8(team))).slice(0, 16);
}

export class Keyring {
  readonly member: Identity;
  readonly access: ReadonlyMap<string, Access>;
  readonly #keys: readonly TeamKey[];

  private constructor(member: Identity, keys: readonly TeamKey[], access: ReadonlyMap<string, Access>) {
    this.member = member;
    this.#keys = keys;
    this.access = access;
  }

  /** Opens the grants. One that is forged or of another key is left out and told in `access`; the others still work. */
  static async open(memberId: string, seed: Bytes, grants: readonly TeamGrant[], directory: Directory): Promise<Keyring> {
    const member = await Identity.fromSeed(seed);
    seed.fill(0);
    const keys: TeamKey[] = [];
    const access = new Map<string, Access>();
    for (const grant of grants) {
      const team = directory.teams.find(({ id }) => id === grant.team);
      const key = team && grant.grant !== null ? await openGrant(memberId, member, grant, team, directory.verifyKeysOf(team)) : null;
      if (key !== null) keys.push(key);
      const current = key !== null && key.kid === team?.kid;
      const before = access.get(grant.team);
      if (before === "open") continue;
      access.set(grant.team, current ? "open" : grant.grant === null ? (before ?? "waiting") : key === null ? "refused" : "stale");
    }
    keys.sort((a, b) => b.epoch - a.epoch);
    return new Keyring(member, keys, access);
  }

  /** The key that can read an envelope sealed to one of `kids`, if the member holds it. */
  reader(team: string, kids: readonly Uint8Array[]): Identity | null {
    return this.#keys.find((key) => key.team === team && kids.some((kid) => toHex(kid) === key.kid))?.identity ?? null;
  }

  /** The key to write and sign with: the team's newest, and only while it is the one in force. */
  writer(team: string): Identity | null {
    return this.access.get(team) === "open" ? (this.#keys.find((key) => key.team === team)?.identity ?? null) : null;
  }
}

async function openGrant(memberId: string, member: Identity, grant: TeamGrant, team: Team, senders: readonly Bytes[]): Promise<TeamKey | null> {
  try {
    const opened = await open(fromBase64(grant.grant ?? ""), member, { context: memberContext(memberId), senders });
    if (opened.kind !== Kind.GRANT) return null;
    const payload = readGrant(opened.payload);
    if (payload.team !== grant.team || payload.epoch !== grant.epoch) return null;
    const seed = fromBase64(payload.seed);
    const identity = await Identity.fromSeed(seed);
    seed.fill(0);
    const kid = toHex(identity.kid);
    const current = kid === team.kid && toHex(sha256(identity.kem)) === team.key_hash && equal(identity.verify, fromHex(team.verify));
    const former = team.former.some((key) => key.kid === kid && key.verify === toHex(identity.verify));
    return current || former ? { team: grant.team, epoch: grant.epoch, kid, identity } : null;
  } catch {
    return null; // told as "refused": the reason inside a hostile grant helps nobody
  }
}
