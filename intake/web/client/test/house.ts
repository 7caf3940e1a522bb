/** A whole small network in memory: root, two centres, a civil team, and a server that records every request. */
import { getPublicKeyAsync, signAsync } from "@noble/ed25519";
import { type Bytes, concat, derive, fromBase64, sha256, toBase64, toHex, utf8 } from "../lib/bytes.ts";
import { readDirectory, type Directory } from "../lib/directory.ts";
import { inspect, Kind, open, seal } from "../lib/envelope.ts";
import { Identity } from "../lib/identity.ts";
import { answerPayload } from "../lib/payloads.ts";

(globalThis as { document?: unknown }).document = { documentElement: { lang: "de", dataset: {} } };

export const NOW = new Date("2026-11-22T02:10:00Z");
export const clock = (): Date => NOW;

export interface Recorded {
  readonly path: string;
  readonly method: string;
  readonly body: string;
}

interface TeamSpec {
  readonly carrier: string;
  readonly kind: "state" | "civil" | "mixed";
  readonly legality: boolean;
}

const TEAMS: Record<string, TeamSpec> = {
  "centre-west": { carrier: "civil-west", kind: "civil", legality: false },
  police: { carrier: "police", kind: "state", legality: true },
  youth: { carrier: "civil-youth", kind: "civil", legality: false },
};
const EPOCHS = 3;

export class House {
  readonly requests: Recorded[] = [];
  /** what the next requests are answered with instead: consumed one by one; "broken" = nothing arrives, "late" = it arrives, the answer is lost */
  readonly instead: (((path: string) => Response | undefined) | "broken" | "late")[] = [];
  bits = 4;
  readonly stored = new Map<string, { tokenHash: string; team: string; urgent: boolean; state: string; entries: { number: number; author: string; day: string; envelope: string }[] }>();
  spec: Record<string, TeamSpec> = structuredClone(TEAMS);
  version = 1;
  epochs: Record<string, number> = Object.fromEntries(Object.keys(TEAMS).map((team) => [team, 1]));
  expires = "2027-01-01T00:00:00Z";
  issued = "2026-11-01T00:00:00Z";
  hidden = new Set<string>();
  salt = new Uint8Array(16).fill(7);
  private constructor(
    readonly rootSeed: Bytes,
    readonly root: Bytes,
    readonly identities: Record<string, Identity[]>,
  ) {}

  static async build(): Promise<House> {
    const rootSeed = await derive(new Uint8Array(32).fill(1), "erstkontakt/1 root", 32);
    const identities: Record<string, Identity[]> = {};
    for (const [i, team] of Object.keys(TEAMS).entries()) {
      identities[team] = [];
      for (let epoch = 1; epoch <= EPOCHS; epoch++) identities[team]!.push(await Identity.fromSeed(new Uint8Array(32).fill(16 * (i + 1) + epoch)));
    }
    const house = new House(rootSeed, (await getPublicKeyAsync(rootSeed)) as Bytes, identities);
    globalThis.fetch = (path, init) => house.answer(String(path), init ?? {});
    return house;
  }

  identity(team: string): Identity {
    return this.identities[team]![this.epochs[team]! - 1]!;
  }

  contents(): Record<string, unknown> {
    const names = Object.keys(this.spec).filter((team) => !this.hidden.has(team));
    const both = { de: "Über uns", en: "About us" };
    const teams = names.map((team) => {
      const key = this.identity(team);
      const former = this.identities[team]!.slice(0, this.epochs[team]! - 1).map((old, i) => ({ epoch: i + 1, kid: toHex(old.kid), verify: toHex(old.verify) })).reverse();
      return {
        id: team, name: `Team ${team}`, carrier: this.spec[team]!.carrier, role: "regional_centre", scope: "land", lands: ["DE8"], kreise: [], phenomena: ["RE"], audience: ["relative"],
        languages: ["de"], access: "open", prison_visits: false, answer_working_days: 2, night_duty: false, hours: { mo: ["09:00-16:00"] }, closed: [], subdivision: "MV", deputy: null, retention_days: 30,
        as_of: "2026-11-01", review_by: "2027-05-01", about: both, epoch: this.epochs[team], kid: toHex(key.kid), key_hash: toHex(sha256(key.kem)), verify: toHex(key.verify), former, unknown_field: { deep: [1] },
      };
    });
    const row = names.flatMap((_, i) => [i, 0]);
    return {
      format: "erstkontakt-directory/1", version: this.version, issued: this.issued, expires: this.expires, previous: null,
      network: { id: "demo", name: both, demonstration: true, code: { salt: toBase64(this.salt), memory_kib: 19456, passes: 2 } },
      carriers: [...new Set(names.map((team) => this.spec[team]!.carrier))].map((id) => {
        const spec = Object.values(this.spec).find(({ carrier }) => carrier === id)!;
        return { id, name: id, kind: spec.kind, legality_principle: spec.legality, about: both, badges: [] };
      }),
      teams, coordinations: [], signposts: [],
      routing: {
        phenomena: ["RE", "unknown"], roles: ["exit", "relative"], teams: names.map((team) => [team, this.spec[team]!.carrier, this.spec[team]!.kind]), reasons: ["regional_centre", "other_topic"], first_alternative: 1,
        lists: [row], profiles: [[0, 0, 0, 0]], places: { "": 0, DE8: 0 }, deputies: [], signposts: [],
      },
      regions_hash: "00".repeat(32), annex_hash: "00".repeat(32),
    };
  }

  async blob(contents: unknown = this.contents(), rootSeed = this.rootSeed): Promise<Bytes> {
    const body = utf8(JSON.stringify(contents));
    const signature = await signAsync(concat(utf8("erstkontakt/1 directory"), body), rootSeed);
    return concat(utf8(`EKD1\n${toBase64(signature)}\n`), body);
  }

  async directory(): Promise<Directory> {
    return readDirectory(await this.blob(), this.root, NOW);
  }

  private async answer(path: string, init: RequestInit): Promise<Response> {
    const body = typeof init.body === "string" ? init.body : "";
    this.requests.push({ path, method: init.method ?? "GET", body });
    const instead = this.instead.shift();
    if (instead === "broken") throw new TypeError("fetch failed");
    const special = instead === "late" ? undefined : instead?.(path);
    if (special) return special;
    const answer = await this.handle(path, body);
    // Arrived and stored, but the answer is lost on the way.
    if (instead === "late") throw new TypeError("fetch failed");
    return answer;
  }

  private async handle(path: string, body: string): Promise<Response> {
    if (path.startsWith("/schluessel/")) {
      const found = Object.values(this.identities).flat().find(({ kid }) => path.endsWith(toHex(kid)));
      return found ? new Response(found.kem) : json(404, { error: "not_found" });
    }
    const asked = JSON.parse(body) as Record<string, never>;
    if (path === "/api/contacts") return this.receive(asked);
    const box = this.stored.get(toHex(fromBase64(asked["mailbox"] ?? "")));
    if (!box || toBase64(sha256(fromBase64(asked["token"]!))) !== box.tokenHash) return json(404, { error: "no_mailbox", message: "…" });
    if (path === "/api/mailbox/open") return json(200, { state: box.state, team: box.team, urgent: box.urgent, answer_by: "2026-11-25", erase_on: "2026-12-22", entries: box.entries });
    if (path === "/api/mailbox/messages") {
      const refusal = await this.refuse(asked, box.team);
      if (refusal) return refusal;
      const again = box.entries.find(({ envelope }) => envelope === asked["envelope"]);
      if (again) return json(201, { number: again.number });
      box.entries.push({ number: box.entries.length + 1, author: "person", day: "2026-11-22", envelope: asked["envelope"]! });
      return json(201, { number: box.entries.length });
    }
    if (path === "/api/mailbox/move") {
      if (box.state !== "received") return json(409, { error: "not_in_this_state", message: "…" });
      box.team = asked["team"]!;
      for (const { number, envelope } of asked["envelopes"]! as { number: number; envelope: string }[]) box.entries.find((entry) => entry.number === number)!.envelope = envelope;
      return json(200, {});
    }
    this.stored.delete(toHex(fromBase64(asked["mailbox"]!)));
    return json(200, { erased: true });
  }

  private async refuse(asked: Record<string, never>, team: string): Promise<Response | undefined> {
    const envelope = fromBase64(asked["envelope"]!);
    const { hour, counter } = asked["stamp"]! as { hour: number; counter: number };
    const number = (n: number): Uint8Array => Uint8Array.from({ length: 8 }, (_, i) => Math.floor(n / 256 ** (7 - i)) % 256);
    const hash = sha256(concat(utf8("erstkontakt/1 stamp"), number(hour), sha256(envelope), number(counter)));
    const wanted = Math.floor(NOW.getTime() / 3_600_000);
    const worked = hash[0]! * 256 + hash[1]! < 2 ** (16 - Math.min(this.bits, 16));
    if (hour !== wanted || !worked) return json(428, { error: "stamp", message: "…", bits: this.bits, hour: wanted });
    if (toHex(inspect(envelope).kids[0]!) !== toHex(this.identity(team).kid)) return json(409, { error: "stale_key", message: "…", directory: toBase64(await this.blob()) });
    return undefined;
  }

  private async receive(asked: Record<string, never>): Promise<Response> {
    const refusal = await this.refuse(asked, asked["team"]!);
    if (refusal) return refusal;
    const envelope = fromBase64(asked["envelope"]!);
    const { kind, context } = inspect(envelope);
    if (kind !== Kind.CONTACT) return json(400, { error: "kind" });
    const mailbox = toHex(context);
    const held = this.stored.get(mailbox);
    if (held && held.tokenHash !== asked["token_hash"]) return json(409, { error: "mailbox_taken", message: "…" });
    if (!held) {
      const entries = [{ number: 1, author: "person", day: "2026-11-22", envelope: asked["envelope"]! as string }];
      this.stored.set(mailbox, { tokenHash: asked["token_hash"]!, team: asked["team"]!, urgent: asked["urgent"]!, state: "received", entries });
    }
    return json(201, { answer_by: "2026-11-25", erase_on: "2026-12-22" });
  }

  /** What the team reads of the first entry of the only mailbox. */
  async read(team: string): Promise<Record<string, unknown>> {
    const [mailbox, box] = [...this.stored][0]!;
    const envelope = fromBase64(box.entries[0]!.envelope);
    const opened = await open(envelope, this.identity(team), { context: Uint8Array.from(mailbox.match(/../g)!, (pair) => parseInt(pair, 16)) });
    return JSON.parse(new TextDecoder().decode(opened.payload)) as Record<string, unknown>;
  }

  /** The team answers in the only mailbox; `signer` may be somebody else. */
  async reply(team: string, text: string, signer = this.identity(team), person?: Bytes): Promise<void> {
    const [mailbox, box] = [...this.stored][0]!;
    const kem = person ?? fromBase64(((await this.read(team))["keys"] as { kem: string }).kem);
    const context = Uint8Array.from(mailbox.match(/../g)!, (pair) => parseInt(pair, 16));
    const envelope = await seal(Kind.ANSWER, context, answerPayload(text, "Beratungsteam", NOW), [{ kem }, this.identity(team)], signer);
    box.entries.push({ number: box.entries.length + 1, author: "team", day: "2026-11-23", envelope: toBase64(envelope) });
    box.state = "answered";
  }
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
}
