/**
 * Who is here, with which keys, and for how long. Keys and session live in this object, in memory; locking forgets them.
 * The passphrase is stretched in this browser and goes nowhere else.
 */
import { type Bytes, fromBase64, fromHex, randomBytes, toBase64 } from "../lib/bytes.ts";
import { type Directory, fetchDirectory, readDirectory } from "../lib/directory.ts";
import { isClientError } from "../lib/errors.ts";
import { fingerprint } from "../lib/fingerprint.ts";
import { Identity } from "../lib/identity.ts";
import { type PassphraseKeys, unlock, unwrap, wrap } from "../lib/passphrase.ts";
import { type Api, ApiError, type Login, type Person, type TeamGrant } from "./api.ts";
import { now } from "./clock.ts";
import type { Drafts } from "./drafts.ts";
import { Keyring } from "./keys.ts";
import type { PeopleApi } from "./people_api.ts";
import { readSecond, type Second } from "./second_factor.ts";
import { Store } from "./store.ts";
import { t } from "./words.ts";

export interface OpenSession {
  readonly member: Person;
  readonly keyring: Keyring;
  readonly directory: Directory;
  readonly teams: readonly string[];
  readonly roles: Readonly<Record<string, string>>;
  readonly fingerprint: string;
  readonly lockAfterS: number;
}

export type LockReason = "idle" | "hidden" | "asked" | "expired";
export type Phase =
  | { readonly name: "login" }
  | { readonly name: "second"; readonly member: string; readonly second: Second; readonly wrong: boolean }
  | { readonly name: "enrol"; readonly code: string }
  | { readonly name: "locked"; readonly member: Person; readonly reason: LockReason }
  | { readonly name: "open"; readonly session: OpenSession };

/** Argon2id cost for new members: about half a second on a telephone. 64 MiB, 3 passes. */
const MEMORY_KIB = 65_536;
const PASSES = 3;
/** Least cost accepted from the server (OWASP): a taken-over server must not make guessing cheap. */
const LEAST = { memoryKib: 19_456, passes: 2 };

export class Session {
  readonly phase = new Store<Phase>({ name: "login" });
  readonly #api: Api;
  readonly #drafts: Drafts;
  readonly #root: string;
  /** Newest directory seen while this page is open; never taken back. */
  #version = 0;
  /** Between passphrase and second factor. */
  #half: PassphraseKeys | null = null;
  /** The member's seed as it lies at the server, for a change of the passphrase. */
  #wrapped: Bytes | null = null;
  #lastUse = Date.now();
  /** Seconds until the lock closes; whole minutes are enough for the eye until the last one. */
  readonly secondsLeft = new Store<number>(0);

  constructor(api: Api, drafts: Drafts, root: string) {
    this.#api = api;
    this.#drafts = drafts;
    this.#root = root;
    api.onExpired = () => this.lock("expired");
  }

  get current(): OpenSession | null {
    const phase = this.phase.get();
    return phase.name === "open" ? phase.session : null;
  }

  async #stretch(id: string, passphrase: string): Promise<PassphraseKeys> {
    const { salt, memory_kib, passes } = await this.#api.hello(id);
    if (memory_kib < LEAST.memoryKib || passes < LEAST.passes) throw new ApiError(0, "cheap", t("Der Server verlangt einen zu schwachen Schutz für Ihre Passphrase. Bitte melden Sie das Ihrer Leitung."));
    return unlock(passphrase, fromBase64(salt), memory_kib, passes);
  }

  /** Throws ApiError (also with a sentence for a wrong passphrase), ClientError directory_*. Goes on to `second` where it is asked for. */
  async login(memberId: string, passphrase: string): Promise<void> {
    const id = memberId.trim().toLowerCase();
    const keys = await this.#stretch(id, passphrase);
    await this.#attempt(id, keys, false);
  }

  async #attempt(id: string, keys: PassphraseKeys, wrong: boolean): Promise<void> {
    try {
      await this.#open(await this.#api.login(id, toBase64(keys.loginKey)), keys);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "second_factor") throw error;
      this.#half = keys;
      this.phase.set({ name: "second", member: id, second: readSecond(error.body), wrong });
    }
  }

  /** The answer to the second step. A wrong one is asked for again, with a fresh ticket. */
  async answer(answer: { passkey: string } | { code: string }): Promise<void> {
    const phase = this.phase.get();
    const keys = this.#half;
    if (phase.name !== "second" || keys === null) return;
    let login: Login;
    try {
      login = await this.#api.second(phase.second.ticket, answer);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "login_refused") throw error;
      return this.#attempt(phase.member, keys, true);
    }
    await this.#open(login, keys);
  }

  /** Forgets a login that stopped between the two steps. */
  cancel(): void {
    this.#forgetHalf();
    this.phase.set({ name: "login" });
  }

  #forgetHalf(): void {
    this.#half?.loginKey.fill(0);
    this.#half?.wrappingKey.fill(0);
    this.#half = null;
  }

  async #open(login: Login, keys: PassphraseKeys): Promise<void> {
    keys.loginKey.fill(0);
    try {
      this.#wrapped = fromBase64(login.wrapped_seed);
      await this.#enter(login, unwrap(this.#wrapped, keys.wrappingKey));
    } catch (error) {
      this.#api.logout();
      throw isClientError(error, "passphrase_wrong") ? new ApiError(0, "damaged", t("Ihr Schlüssel auf dem Server ist beschädigt. Bitte lassen Sie sich neu einladen.")) : error;
    } finally {
      keys.wrappingKey.fill(0);
      this.#forgetHalf();
    }
  }

  /** The key that proves the passphrase once more, base64. Throws ApiError. */
  async prove(passphrase: string): Promise<string> {
    const keys = await this.#stretch(this.current?.member.id ?? "", passphrase);
    keys.wrappingKey.fill(0);
    return toBase64(keys.loginKey);
  }

  /** The same seed under another passphrase; all other consoles must log in again. Throws ApiError. */
  async changePassphrase(api: PeopleApi, old: string, passphrase: string): Promise<void> {
    const keys = await this.#stretch(this.current?.member.id ?? "", old);
    let seed: Bytes;
    try {
      seed = unwrap(this.#wrapped ?? randomBytes(72), keys.wrappingKey);
    } catch {
      throw new ApiError(0, "login_refused", t("Die bisherige Passphrase stimmt nicht."));
    }
    const salt = randomBytes(16);
    const fresh = await unlock(passphrase, salt, MEMORY_KIB, PASSES);
    const wrapped = wrap(seed, fresh.wrappingKey);
    seed.fill(0);
    await api.changePassphrase({ old_login_key: toBase64(keys.loginKey), salt: toBase64(salt), memory_kib: MEMORY_KIB, passes: PASSES, login_key: toBase64(fresh.loginKey), wrapped_seed: toBase64(wrapped) });
    this.#wrapped = wrapped;
    for (const key of [keys.loginKey, keys.wrappingKey, fresh.loginKey, fresh.wrappingKey]) key.fill(0);
  }

  async #enter(login: Login, seed: Bytes): Promise<void> {
    const directory = await readDirectory(await fetchDirectory(), fromHex(this.#root), now(), this.#version);
    this.#version = directory.version;
    const keyring = await Keyring.open(login.member.id, seed, login.teams, directory);
    await this.#drafts.unlock(login.member.id, keyring.member);
    this.used();
    this.phase.set({
      name: "open",
      session: {
        member: login.member, keyring, directory, teams: teamsOf(login.teams), roles: login.roles, fingerprint: fingerprint(keyring.member),
        lockAfterS: Math.min(Math.max(login.lock_after_s, 30), 900),
      },
    });
    this.tick();
  }

  /** Makes the key pair and the passphrase's keys in this browser and registers the public halves. The fingerprint, to read aloud. */
  async enrol(code: string, passphrase: string): Promise<string> {
    const seed = randomBytes(32);
    const salt = randomBytes(16);
    const keys = await unlock(passphrase, salt, MEMORY_KIB, PASSES);
    const identity = await Identity.fromSeed(seed);
    const mine = fingerprint(identity);
    try {
      const answer = await this.#api.enrol({
        code, salt: toBase64(salt), memory_kib: MEMORY_KIB, passes: PASSES, login_key: toBase64(keys.loginKey),
        wrapped_seed: toBase64(wrap(seed, keys.wrappingKey)), kem: toBase64(identity.kem), verify: toBase64(identity.verify),
      });
      // The server's word counts for nothing here: what is read aloud is what this browser made. A difference is an alarm.
      if (answer.fingerprint !== mine) throw new ApiError(0, "swapped", t("Der Server hat einen anderen Schlüssel gespeichert als den aus diesem Browser. Bitte brechen Sie ab und rufen Sie Ihre Leitung an."));
      return mine;
    } finally {
      seed.fill(0);
      keys.loginKey.fill(0);
      keys.wrappingKey.fill(0);
    }
  }

  /** Forgets keys and session at once; drafts stay, sealed to the member. */
  lock(reason: LockReason): void {
    const session = this.current;
    if (session === null) return;
    this.#api.logout();
    this.phase.set({ name: "locked", member: session.member, reason });
    this.#drafts.lock(session.member.id, session.keyring.member);
  }

  /** Forgets everything, drafts too. */
  leave(): void {
    this.#api.logout();
    this.#drafts.forget();
    this.phase.set({ name: "login" });
  }

  /** The counsellor did something: the clock starts anew. */
  used(): void {
    this.#lastUse = Date.now();
  }

  /** Called every second, and when the page is seen again. Locks when the time is over, or when the clock was set back. */
  tick(): void {
    const session = this.current;
    if (session === null) return;
    const idle = (Date.now() - this.#lastUse) / 1000;
    if (idle >= session.lockAfterS || idle < -60) {
      this.lock("idle");
      return;
    }
    const left = Math.ceil(session.lockAfterS - idle);
    this.secondsLeft.set(left > 60 ? Math.ceil(left / 60) * 60 : left);
  }
}

function teamsOf(grants: readonly TeamGrant[]): string[] {
  return [...new Set(grants.map((grant) => grant.team))];
}
