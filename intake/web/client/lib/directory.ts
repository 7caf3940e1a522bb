/** The one signed file: who exists, who is state or civil, which key each team uses. Verified here, or not used at all. */
import { type Bytes, equal, fromBase64, fromHex, fromUtf8, sha256, toBase64, toHex, utf8 } from "./bytes.ts";
import { ClientError } from "./errors.ts";
import { KEM_PUBLIC_SIZE } from "./hpke.ts";
import { type PublicIdentity, verifies } from "./identity.ts";
import { getBytes } from "./line.ts";
import { carrierKind, type Routing, routingReader } from "./routing.ts";
import { flag, integer, list, matching, nullable, object, oneOf, optional, type Reader, readJson, record, text, tuple } from "./schema.ts";

const id = text(100, 1);
const name = text(300, 1);
const both = object({ de: text(5000), en: text(5000) });
const hex = (bytes: number): Reader<string> => matching(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
const instant = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?Z$/);
const day = matching(/^\d{4}-\d\d-\d\d$/);
const span = matching(/^\d\d:\d\d-\d\d:\d\d$/);
const ids = list(id, 500);

const carrier = object({ id, name, kind: carrierKind, legality_principle: flag, about: both, badges: optional(list(name, 50), []) });
const former = object({ epoch: integer(1, 1_000_000), kid: hex(8), verify: hex(32) });
const team = object({
  id,
  name,
  carrier: id,
  role: text(50, 1),
  scope: oneOf(["kreis", "land", "bund"]),
  lands: ids,
  kreise: ids,
  phenomena: ids,
  audience: ids,
  languages: ids,
  access: oneOf(["open", "assigned"]),
  prison_visits: flag,
  answer_working_days: integer(0, 365),
  night_duty: flag,
  hours: record(/^(mo|di|mi|do|fr|sa|so)$/, list(span, 20), 7),
  closed: list(tuple(day, day), 200),
  subdivision: nullable(text(10)),
  deputy: nullable(id),
  retention_days: integer(1, 3650),
  as_of: day,
  review_by: day,
  epoch: integer(1, 1_000_000),
  kid: hex(8),
  key_hash: hex(32),
  verify: hex(32),
  former: optional(list(former, 100), []),
  about: both,
});
const signpost = object({ id, name, topic: text(100), lands: ids, audience: ids, about: both });
const coordination = object({ id, name, lands: ids, about: both });

const directoryReader = object({
  format: oneOf(["erstkontakt-directory/1"]),
  version: integer(1, 1_000_000_000),
  issued: instant,
  expires: instant,
  network: object({
    id,
    name: both,
    demonstration: flag,
    code: object({ salt: text(24, 24), memory_kib: integer(19_456, 1_048_576), passes: integer(2, 16) }),
  }),
  carriers: list(carrier, 2000),
  teams: list(team, 5000),
  coordinations: list(coordination, 100),
  signposts: list(signpost, 2000),
  routing: routingReader,
  regions_hash: hex(32),
});
type Contents = ReturnType<typeof directoryReader>;

export type Carrier = Contents["carriers"][number];
export type Team = Contents["teams"][number];
export type Signpost = Contents["signposts"][number];

const MAGIC = utf8("EKD1\n");
const HEAD = MAGIC.length + 88 + 1;
const SIGNED = utf8("erstkontakt/1 directory");
/** A device whose clock is a day behind must be able to use today's directory. The end is never stretched. */
const CLOCK_SLACK_MS = 26 * 3_600_000;
const MAX_BYTES = 4 * 1024 * 1024;

/** A verified directory. Team keys are fetched one by one, when a team is chosen. */
export class Directory {
  readonly version: number;
  readonly issued: Date;
  readonly expires: Date;
  readonly network: Contents["network"];
  readonly routing: Routing;
  readonly signposts: readonly Signpost[];
  readonly coordinations: Contents["coordinations"];
  readonly teams: readonly Team[];
  readonly carriers: readonly Carrier[];
  readonly regionsHash: string;
  /** the root that signed it (32 bytes): a newer one must come from the same */
  readonly root: Bytes;
  readonly #keys = new Map<string, Promise<PublicIdentity>>();

  constructor(contents: Contents, root: Bytes) {
    this.version = contents.version;
    this.issued = new Date(contents.issued);
    this.expires = new Date(contents.expires);
    this.network = contents.network;
    this.routing = contents.routing;
    this.signposts = contents.signposts;
    this.coordinations = contents.coordinations;
    this.teams = contents.teams;
    this.carriers = contents.carriers;
    this.regionsHash = contents.regions_hash;
    this.root = root;
  }

  /** Cost and salt of the return code. */
  get code(): { salt: Bytes; memoryKib: number; passes: number } {
    const { salt, memory_kib, passes } = this.network.code;
    return { salt: fromBase64(salt), memoryKib: memory_kib, passes };
  }

  /** Throws ClientError team_unknown. */
  team(teamId: string): Team {
    const found = this.teams.find((candidate) => candidate.id === teamId);
    if (!found) throw new ClientError("team_unknown");
    return found;
  }

  carrierOf(of: Team): Carrier {
    const found = this.carriers.find((candidate) => candidate.id === of.carrier);
    if (!found) throw new ClientError("directory_malformed", "carrier");
    return found;
  }

  /** Teams closed on a local day ("2026-12-24"), both ends of each closure included. */
  closedOn(localDay: string): string[] {
    return this.teams.filter(({ closed }) => closed.some(([from, to]) => from <= localDay && localDay <= to)).map((shut) => shut.id);
  }

  /** Verify keys (32 bytes each) whose signature counts as this team's: the current epoch's first, then former ones. */
  verifyKeysOf(of: Team): Bytes[] {
    return [of.verify, ...of.former.map((epoch) => epoch.verify)].map(fromHex);
  }

  /** The team whose key, now or in a former epoch, has this kid (16 hex digits). */
  teamByKid(kid: string): Team | undefined {
    return this.teams.find((candidate) => candidate.kid === kid || candidate.former.some((epoch) => epoch.kid === kid));
  }

  /**
   * The team's current key, fetched once and checked against the directory. Call it as soon as a team is shown, so that it is there when
   * the person sends. Throws key_forged, network, unavailable.
   */
  keyOf(of: Team): Promise<PublicIdentity> {
    let key = this.#keys.get(of.kid);
    if (!key) {
      key = fetchKey(of);
      this.#keys.set(of.kid, key);
      key.catch(() => this.#keys.delete(of.kid));
    }
    return key;
  }
}

async function fetchKey(of: Team): Promise<PublicIdentity> {
  const kem = await getBytes(`/schluessel/${of.kid}`, KEM_PUBLIC_SIZE);
  const hash = sha256(kem);
  if (kem.length !== KEM_PUBLIC_SIZE || toHex(hash) !== of.key_hash || toHex(hash.slice(0, 8)) !== of.kid) throw new ClientError("key_forged");
  return { kem, verify: fromHex(of.verify) };
}

/**
 * Proves and reads a directory file. `root` is the 32-byte verify key, `atLeast` the version already held.
 * Throws directory_forged | directory_expired | directory_not_yet_valid | directory_rolled_back | directory_malformed.
 */
export async function readDirectory(blob: Bytes, root: Bytes, now: Date, atLeast = 0): Promise<Directory> {
  const body = blob.slice(HEAD);
  if (root.length !== 32 || !equal(blob.slice(0, MAGIC.length), MAGIC) || blob[HEAD - 1] !== 10 || body[0] !== 0x7b) throw new ClientError("directory_forged", "form");
  let signature: Bytes;
  try {
    signature = fromBase64(fromUtf8(blob.slice(MAGIC.length, HEAD - 1)));
  } catch {
    throw new ClientError("directory_forged", "signature line");
  }
  if (signature.length !== 64 || toBase64(signature).length !== 88) throw new ClientError("directory_forged", "signature line");
  const signed = new Uint8Array(SIGNED.length + body.length);
  signed.set(SIGNED);
  signed.set(body, SIGNED.length);
  if (!(await verifies(signature, signed, root))) throw new ClientError("directory_forged");
  let json: string;
  try {
    json = fromUtf8(body);
  } catch {
    throw new ClientError("directory_malformed", "not UTF-8");
  }
  const directory = new Directory(readJson(directoryReader, json, "directory_malformed"), root);
  if (directory.version < atLeast) throw new ClientError("directory_rolled_back");
  if (!(now.getTime() < directory.expires.getTime())) throw new ClientError("directory_expired");
  if (directory.issued.getTime() > now.getTime() + CLOCK_SLACK_MS) throw new ClientError("directory_not_yet_valid");
  if (directory.code.salt.length !== 16) throw new ClientError("directory_malformed", "salt");
  return directory;
}

/** Fetches the directory file without reading it yet: may start before the cryptography has arrived. */
export function fetchDirectory(): Promise<Bytes> {
  return getBytes("/verzeichnis", MAX_BYTES);
}
