/**
 * What a lead's browser does so that others can read: it signs entries of the log and seals the team's seeds. One grant of an epoch's
 * seed opens everything that was ever sealed to that epoch, so nobody re-encrypts contacts: a team of twenty needs twenty seals.
 */
import { type Bytes, fromBase64, randomBytes, sha256, toBase64, toHex, utf8 } from "../lib/bytes.ts";
import { fingerprint } from "../lib/fingerprint.ts";
import { Identity } from "../lib/identity.ts";
import { WORDS } from "../lib/words.ts";
import { ApiError } from "./api.ts";
import { now } from "./clock.ts";
import type { Keyring } from "./keys.ts";
import type { Member, MemberGrant, People, PeopleApi } from "./people_api.ts";
import { replay, type Roll, type Saying, state, type TeamRole } from "./roll.ts";
import type { OpenSession } from "./session.ts";
import { t } from "./words.ts";

const CODE_WORDS = 6;
/** So many grants travel at once; after each the progress is safe at the server. */
const AT_ONCE = 5;

/** A team with its proved log, as one lead looks at it. */
export interface TeamPeople { readonly people: People; readonly roll: Roll; readonly mine: TeamRole | null }

export interface Missing { readonly member: Member; readonly epochs: readonly number[] }

/** An invitation in two parts, for two ways: the link by mail, the words by phone. */
export interface Invitation { readonly link: string; readonly words: string; readonly hash: string }

export async function readPeople(api: PeopleApi, session: OpenSession, team: string): Promise<TeamPeople> {
  const people = await api.people(team);
  const listed = session.directory.team(team);
  const roll = await replay(team, people.log, session.directory.verifyKeysOf(listed));
  return { people, roll, mine: people.people.find(({ id }) => id === session.member.id)?.role ?? null };
}

export function wordsOf(member: Member): string {
  return member.kem === null || member.verify === null ? "" : fingerprint({ kem: fromBase64(member.kem), verify: fromBase64(member.verify) });
}

export function newInvitation(): Invitation {
  const secret = toHex(randomBytes(16));
  const random = randomBytes(CODE_WORDS * 2);
  const words = Array.from({ length: CODE_WORDS }, (_, i) => WORDS[((random[2 * i]! << 8) | random[2 * i + 1]!) % WORDS.length]).join(" ");
  const code = `${secret}${words}`.replace(/[^a-z0-9]/g, "");
  return { link: `${location.origin}/team/#einladung=~${secret}`, words, hash: toBase64(sha256(utf8(code))) };
}

export class Admitting {
  readonly #api: PeopleApi;
  readonly #session: OpenSession;

  constructor(api: PeopleApi, session: OpenSession) {
    this.#api = api;
    this.#session = session;
  }

  #say(roll: Roll, saying: Saying): Promise<string> {
    return state(roll, this.#session.member.id, this.#session.keyring.member, now(), saying);
  }

  /** The invitation to hand over, or null when the colleague has keys already. */
  async invite(team: TeamPeople, member: string, name: string, role: TeamRole): Promise<Invitation | null> {
    const invitation = newInvitation();
    const statement = await this.#say(team.roll, { act: "invited", member, role });
    const { needed } = await this.#api.invite({ team: team.people.team, member, name, role, code_hash: invitation.hash, statement });
    return needed ? invitation : null;
  }

  /** After the words were compared: every epoch that this lead holds, so that the history can be read, too. */
  async letIn(team: TeamPeople, member: Member, secrecy: string): Promise<void> {
    if (member.kem === null || member.verify === null) throw new ApiError(0, "no_key", t("Diese Person hat noch keinen Schlüssel gemacht."));
    const kem = fromBase64(member.kem);
    const statement = await this.#say(team.roll, { act: "granted", member: member.id, role: member.role, kem_hash: toHex(sha256(kem)), verify: toHex(fromBase64(member.verify)), secrecy });
    const grants = member.role === "supervisor" ? [] : await this.#grants(team.people.team, member, kem);
    await this.#api.letIn(member.id, team.people.team, statement, grants);
  }

  async changeRole(team: TeamPeople, member: string, role: TeamRole): Promise<void> {
    await this.#api.changeRole(member, team.people.team, await this.#say(team.roll, { act: "role", member, role }));
  }

  async revoke(team: TeamPeople, member: string): Promise<void> {
    await this.#api.revoke(member, team.people.team, await this.#say(team.roll, { act: "revoked", member }));
  }

  /** A new key of the team, first sealed to this lead alone: whatever happens then, it is not lost. */
  async newEpoch(team: TeamPeople): Promise<void> {
    const id = team.people.team;
    const listed = this.#session.directory.team(id);
    const me = team.people.people.find((one) => one.id === this.#session.member.id);
    const seed = randomBytes(32);
    const identity = await Identity.fromSeed(seed);
    const epoch = listed.epoch + 1;
    await this.#session.keyring.hold(id, epoch, seed);
    seed.fill(0);
    const statement = await this.#say(team.roll, { act: "epoch", epoch, kid: toHex(identity.kid) });
    const grants = await this.#grants(id, me!, this.#session.keyring.member.kem, [epoch]);
    await this.#api.epoch(id, statement, grants);
  }

  /** Who reads by the log and lacks a seed that this lead holds. */
  missing({ people, roll }: TeamPeople): Missing[] {
    const held = this.#session.keyring.epochs(people.team);
    return people.people.flatMap((member) => {
      const reader = roll.readers.get(member.id);
      if (reader?.standing !== "reading" || member.role === "supervisor" || member.kem === null || toHex(sha256(fromBase64(member.kem))) !== reader.kemHash) return [];
      const epochs = held.filter((epoch) => !member.epochs.includes(epoch));
      return epochs.length > 0 ? [{ member, epochs }] : [];
    });
  }

  /** Seals what is missing, a few at a time; can be stopped at any moment and goes on from there, in this tab or another. */
  async grantMissing(team: TeamPeople, onProgress: (done: number, of: number) => void): Promise<void> {
    const wanted = this.missing(team);
    onProgress(0, wanted.length);
    for (let at = 0; at < wanted.length; at += AT_ONCE) {
      const grants: MemberGrant[] = [];
      for (const { member, epochs } of wanted.slice(at, at + AT_ONCE)) grants.push(...(await this.#grants(team.people.team, member, fromBase64(member.kem!), epochs)));
      await this.#api.regrant(team.people.team, grants);
      onProgress(Math.min(at + AT_ONCE, wanted.length), wanted.length);
    }
  }

  /** The second lead's yes: the old keys end, the words make new ones. */
  async confirmRecovery(team: TeamPeople, member: Member): Promise<{ readonly invitation: Invitation; readonly teams: readonly string[] }> {
    const invitation = newInvitation();
    const statement = await this.#say(team.roll, { act: "recovered", member: member.id, asked: member.recovery ?? "" });
    const { teams } = await this.#api.confirmRecovery(member.id, team.people.team, statement, invitation.hash);
    return { invitation, teams };
  }

  async #grants(team: string, member: Member, kem: Bytes, epochs?: readonly number[]): Promise<MemberGrant[]> {
    return (await this.#session.keyring.sealSeeds(team, member.id, kem, epochs)).map((grant) => ({ member: member.id, ...grant }));
  }
}

/** The public half of a coming key, for the office and the machine of the root: `erstkontakt directory add-key`. */
export function keyFile(keyring: Keyring, team: string, epoch: number): string | null {
  const identity = keyring.pending(team, epoch);
  return identity === null ? null : `${JSON.stringify({ format: "erstkontakt-team-key/1", team, epoch, kem: toBase64(identity.kem), verify: toBase64(identity.verify) })}\n`;
}
