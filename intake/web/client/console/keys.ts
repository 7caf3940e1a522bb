/** The keys of one logged-in counsellor: their own, and those of the teams they were let into. In memory only. */
import { type Bytes, concat, equal, fromBase64, fromHex, sha256, toBase64, toHex, utf8 } from "../lib/bytes.ts";
import type { Directory, Team } from "../lib/directory.ts";
import { Kind, open, seal } from "../lib/envelope.ts";
import { ClientError } from "../lib/errors.ts";
import { Identity } from "../lib/identity.ts";
import { readGrant } from "../lib/payloads.ts";
import type { TeamGrant } from "./api.ts";

export interface TeamKey {
  readonly team: string;
  readonly epoch: number;
  readonly kid: string;
  readonly identity: Identity;
  /** Announced, and not yet in the signed directory: nothing is read or written with it. */
  readonly pending: boolean;
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
  readonly #keys: TeamKey[];
  /** What a lead hands on. Whoever holds an identity could rebuild it: keeping the seed beside it gives nothing more away. */
  readonly #seeds: Map<TeamKey, Bytes>;

  private constructor(member: Identity, seeds: Map<TeamKey, Bytes>, access: ReadonlyMap<string, Access>) {
    this.member = member;
    this.#seeds = seeds;
    this.#keys = [...seeds.keys()].sort((a, b) => b.epoch - a.epoch);
    this.access = access;
  }

  /** Opens the grants. One that is forged or of another key is left out and told in `access`; the others still work. */
  static async open(memberId: string, seed: Bytes, grants: readonly TeamGrant[], directory: Directory): Promise<Keyring> {
    const member = await Identity.fromSeed(seed);
    seed.fill(0);
    const seeds = new Map<TeamKey, Bytes>();
    const access = new Map<string, Access>();
    for (const grant of grants) {
      const team = directory.teams.find(({ id }) => id === grant.team);
      const opened = team && grant.grant !== null ? await openGrant(memberId, member, grant, team, directory.verifyKeysOf(team)) : null;
      const key = opened?.key ?? null;
      if (opened !== null) seeds.set(opened.key, opened.seed);
      if (key?.pending) continue;
      const current = key !== null && key.kid === team?.kid;
      const before = access.get(grant.team);
      if (before === "open") continue;
      access.set(grant.team, current ? "open" : grant.grant === null ? (before ?? "waiting") : key === null ? "refused" : "stale");
    }
    return new Keyring(member, seeds, access);
  }

  /** The key that can read an envelope sealed to one of `kids`, if the member holds it. */
  reader(team: string, kids: readonly Uint8Array[]): Identity | null {
    return this.#keys.find((key) => key.team === team && !key.pending && kids.some((kid) => toHex(kid) === key.kid))?.identity ?? null;
  }

  /** The key to write and sign with: the team's newest, and only while it is the one in force. */
  writer(team: string): Identity | null {
    return this.access.get(team) === "open" ? (this.#keys.find((key) => key.team === team && !key.pending)?.identity ?? null) : null;
  }

  /** Epochs whose seed is here, newest first, a coming one too. */
  epochs(team: string): number[] {
    return this.#keys.filter((key) => key.team === team).map(({ epoch }) => epoch);
  }

  /** The coming key of a team, if its seed is here. */
  pending(team: string, epoch: number): Identity | null {
    return this.#keys.find((key) => key.team === team && key.epoch === epoch && key.pending)?.identity ?? null;
  }

  /** Keeps the seed of a coming epoch, as if it had come with the log-in. */
  async hold(team: string, epoch: number, seed: Bytes): Promise<void> {
    const before = this.#keys.findIndex((key) => key.team === team && key.epoch === epoch);
    if (before >= 0) this.#seeds.delete(this.#keys.splice(before, 1)[0]!);
    const identity = await Identity.fromSeed(seed);
    const key = { team, epoch, kid: toHex(identity.kid), identity, pending: true };
    this.#seeds.set(key, seed.slice());
    this.#keys.unshift(key);
  }

  /** The seeds of these epochs (all that are here, unless named), sealed for one member and signed by the team's key in force. */
  async sealSeeds(team: string, memberId: string, kem: Bytes, epochs?: readonly number[]): Promise<{ epoch: number; envelope: string }[]> {
    const signer = this.writer(team);
    if (signer === null) throw new ClientError("key_forged", "no key in force");
    const sealed = [];
    for (const [key, seed] of this.#seeds) {
      if (key.team !== team || (epochs !== undefined && !epochs.includes(key.epoch))) continue;
      const payload = utf8(JSON.stringify({ v: 1, team, epoch: key.epoch, seed: toBase64(seed) }));
      sealed.push({ epoch: key.epoch, envelope: toBase64(await seal(Kind.GRANT, memberContext(memberId), payload, [{ kem }], signer)) });
    }
    return sealed;
  }
}

async function openGrant(memberId: string, member: Identity, grant: TeamGrant, team: Team, senders: readonly Bytes[]): Promise<{ key: TeamKey; seed: Bytes } | null> {
  try {
    const opened = await open(fromBase64(grant.grant ?? ""), member, { context: memberContext(memberId), senders });
    if (opened.kind !== Kind.GRANT) return null;
    const payload = readGrant(opened.payload);
    if (payload.team !== grant.team || payload.epoch !== grant.epoch) return null;
    const seed = fromBase64(payload.seed);
    const identity = await Identity.fromSeed(seed);
    const kid = toHex(identity.kid);
    const current = kid === team.kid && toHex(sha256(identity.kem)) === team.key_hash && equal(identity.verify, fromHex(team.verify));
    const former = team.former.some((key) => key.kid === kid && key.verify === toHex(identity.verify));
    // Signed by a key of the team and newer than the directory: it waits for the next version, which must name exactly this key.
    const pending = grant.epoch === team.epoch + 1;
    return current || former || pending ? { key: { team: grant.team, epoch: grant.epoch, kid, identity, pending: !current && !former }, seed } : null;
  } catch {
    return null; // told as "refused": the reason inside a hostile grant helps nobody
  }
}
