/** The people of a team and the own access, as the server tells them, typed. */
import type { Api } from "./api.ts";
import type { TeamRole } from "./roll.ts";

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly state: "invited" | "enrolled" | "revoked";
  readonly role: TeamRole;
  readonly kem: string | null;
  readonly verify: string | null;
  readonly secrecy: string | null;
  /** Key epochs whose seed they were granted. */
  readonly epochs: readonly number[];
  /** The lead who asked for recovery, if one waits. */
  readonly recovery: string | null;
}
export interface People { readonly team: string; readonly log: readonly string[]; readonly people: readonly Member[] }
export interface MemberGrant { readonly member: string; readonly epoch: number; readonly envelope: string }

export interface OpenConsole { readonly id: string; readonly device: string; readonly since: string; readonly seen: string; readonly here: boolean }
export interface Passkey { readonly id: string; readonly name: string; readonly added: string }
export interface Account {
  readonly devices: readonly OpenConsole[];
  readonly passkeys: readonly Passkey[];
  readonly totp: boolean;
  readonly secrecy: string | null;
  readonly relying_party: string;
}
export interface BeginPasskey { readonly ticket: string; readonly challenge: string; readonly relying_party: string; readonly user: string; readonly known: readonly string[] }

export class PeopleApi {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  people = (team: string) => this.#api.request<People>("GET", `people?${new URLSearchParams({ team })}`);
  invite = (form: { team: string; member: string; name: string; role: TeamRole; code_hash: string; statement: string }) => this.#post<{ needed: boolean }>("people-invitations", form);
  letIn = (member: string, team: string, statement: string, grants: readonly MemberGrant[]) => this.#post<unknown>(`people/${member}/grant`, { team, statement, grants });
  regrant = (team: string, grants: readonly MemberGrant[]) => this.#post<unknown>("people-grants", { team, grants });
  epoch = (team: string, statement: string, grants: readonly MemberGrant[]) => this.#post<unknown>("people-epoch", { team, statement, grants });
  changeRole = (member: string, team: string, statement: string) => this.#post<unknown>(`people/${member}/role`, { team, statement });
  revoke = (member: string, team: string, statement: string) => this.#post<{ last: boolean }>(`people/${member}/revoke`, { team, statement });
  askRecovery = (member: string, team: string) => this.#post<unknown>(`people/${member}/recovery`, { team });
  refuseRecovery = (member: string, team: string) => this.#post<unknown>(`people/${member}/recovery/refuse`, { team });
  confirmRecovery = (member: string, team: string, statement: string, codeHash: string) => this.#post<{ teams: readonly string[] }>(`people/${member}/recovery/confirm`, { team, statement, code_hash: codeHash });

  account = () => this.#api.request<Account>("GET", "account");
  changePassphrase = (form: { old_login_key: string; salt: string; memory_kib: number; passes: number; login_key: string; wrapped_seed: string }) => this.#post<unknown>("account/passphrase", form);
  endDevice = (device: string) => this.#post<unknown>(`account/devices/${device}/end`, {});
  beginPasskey = () => this.#post<BeginPasskey>("account/passkeys/begin", {});
  addPasskey = (ticket: string, name: string, passkey: string) => this.#post<unknown>("account/passkeys", { ticket, name, passkey });
  dropPasskey = (id: string, loginKey: string) => this.#post<unknown>("account/passkeys/drop", { id, login_key: loginKey });
  beginCodes = () => this.#post<{ address: string; qr: readonly string[] }>("account/codes/begin", {});
  confirmCodes = (code: string) => this.#post<unknown>("account/codes/confirm", { code });
  dropCodes = (loginKey: string) => this.#post<unknown>("account/codes/drop", { login_key: loginKey });

  #post<T>(path: string, body: object): Promise<T> {
    return this.#api.request<T>("POST", path, body);
  }
}

