/** Pictures and voice messages: fetched, opened in the browser, recognised by their bytes, never by what they say they are. */
import { type Bytes, fromBase64, fromHex } from "../lib/bytes.ts";
import { inspect, Kind, open } from "../lib/envelope.ts";
import { ClientError } from "../lib/errors.ts";
import { readAttachment } from "../lib/payloads.ts";
import type { Api, Attached } from "./api.ts";
import type { Keyring } from "./keys.ts";
import type { Facts } from "./thread.ts";

export interface Found {
  /** What it is, by its first bytes; "" when it is nothing that the console shows. */
  readonly type: string;
  /** What the console can do with it beside saving. */
  readonly show: "picture" | "sound" | null;
  readonly name: string;
  /** What the sender said that it is; may be anything. */
  readonly claimed: string;
  readonly content: Bytes;
}

const SIGNS: readonly (readonly [type: string, show: "picture" | "sound", sign: RegExp])[] = [
  ["image/jpeg", "picture", /^\xff\xd8\xff/],
  ["image/png", "picture", /^\x89PNG\r\n\x1a\n/],
  ["image/gif", "picture", /^GIF8[79]a/],
  ["image/webp", "picture", /^RIFF[^]{4}WEBP/],
  ["audio/ogg", "sound", /^OggS/],
  ["audio/mp4", "sound", /^[^]{4}ftyp(M4A|mp4|isom|iso2|dash)/],
  ["audio/mpeg", "sound", /^(ID3|\xff[\xe2-\xff])/],
  ["audio/wav", "sound", /^RIFF[^]{4}WAVE/],
  ["audio/webm", "sound", /^\x1aE\xdf\xa3/],
];

/** By the first bytes. Drawings (SVG) and pages are text to a browser and can act; they are never among what is shown. */
export function recognise(content: Uint8Array): Pick<Found, "type" | "show"> {
  const start = String.fromCharCode(...content.subarray(0, 16));
  const sign = SIGNS.find(([, , pattern]) => pattern.test(start));
  return sign === undefined ? { type: "", show: null } : { type: sign[0], show: sign[1] };
}

/** A name that a file can have on every system: without folders, controls, and the dot that hides it. */
export function safeName(name: string, type: string): string {
  const plain = name.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\\/:*?"<>|]/g, " ").replace(/^[\s.]+|[\s.]+$/g, "");
  const ending = { "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "audio/ogg": ".ogg", "audio/mp4": ".m4a", "audio/mpeg": ".mp3", "audio/wav": ".wav", "audio/webm": ".webm" }[type] ?? ".bin";
  const base = plain.toLowerCase().endsWith(ending) ? plain.slice(0, -ending.length) : plain;
  // The ending is the one of what it is: nothing can be started by the name it came with.
  return `${base.slice(0, 80) || "anhang"}${ending}`;
}

/** Fetches and opens one. Throws ApiError, and ClientError envelope_unreadable | signature_forged | payload_malformed; "missing" without the key. */
export async function fetchAttachment(api: Api, keyring: Keyring, mailbox: string, team: string, attached: Attached, facts: Facts): Promise<Found | "missing"> {
  const envelope = fromBase64((await api.attachment(mailbox, attached.number)).envelope);
  const { kind, kids } = inspect(envelope);
  if (kind !== Kind.ATTACHMENT) throw new ClientError("signature_forged", "kind");
  const reader = keyring.reader(team, kids);
  if (reader === null) return "missing";
  const { payload } = await open(envelope, reader, { context: fromHex(mailbox), senders: [fromBase64(facts.keys.verify)] });
  const { name, type, content } = readAttachment(payload);
  const what = recognise(content);
  return { ...what, name: safeName(name, what.type), claimed: type, content };
}
