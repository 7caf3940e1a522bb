/** Passkeys, as the browser makes and uses them (WebAuthn), in the spelling that the server reads. */
import { type Bytes, fromBase64, toBase64 } from "../lib/bytes.ts";
import type { BeginPasskey } from "./people_api.ts";

/** What is asked after a right passphrase. */
export interface Second { readonly ticket: string; readonly challenge: string; readonly relying_party: string; readonly passkeys: readonly string[]; readonly totp: boolean }

export function readSecond(body: Readonly<Record<string, unknown>>): Second {
  const text = (name: string) => (typeof body[name] === "string" ? body[name] : "");
  const passkeys = Array.isArray(body["passkeys"]) ? body["passkeys"].filter((one): one is string => typeof one === "string") : [];
  return { ticket: text("ticket"), challenge: text("challenge"), relying_party: text("relying_party"), passkeys, totp: body["totp"] === true };
}

/** Whether this browser can, at this address: the standard wants a name, not a number (127.0.0.1). */
export function passkeysPossible(relyingParty: string): boolean {
  return typeof PublicKeyCredential === "function" && location.hostname === relyingParty && /[a-z]/i.test(relyingParty);
}

/** Throws what the browser throws when the person cancels. */
export async function usePasskey(second: Second): Promise<string> {
  const found = (await navigator.credentials.get({
    publicKey: {
      challenge: fromUrl(second.challenge), rpId: second.relying_party, userVerification: "preferred", timeout: 120_000,
      allowCredentials: second.passkeys.map((id) => ({ type: "public-key", id: fromUrl(id) })),
    },
  })) as PublicKeyCredential;
  const answer = found.response as AuthenticatorAssertionResponse;
  return JSON.stringify({
    id: found.id, rawId: found.id, type: found.type,
    response: {
      authenticatorData: url(answer.authenticatorData), clientDataJSON: url(answer.clientDataJSON), signature: url(answer.signature),
      userHandle: answer.userHandle === null ? null : url(answer.userHandle),
    },
  });
}

export async function makePasskey(begin: BeginPasskey, member: { readonly id: string; readonly name: string }): Promise<string> {
  const made = (await navigator.credentials.create({
    publicKey: {
      challenge: fromUrl(begin.challenge), rp: { id: begin.relying_party, name: "Kontakt" }, timeout: 120_000, attestation: "none",
      user: { id: fromUrl(begin.user), name: member.id, displayName: member.name },
      pubKeyCredParams: [{ type: "public-key", alg: -8 }, { type: "public-key", alg: -7 }, { type: "public-key", alg: -257 }],
      authenticatorSelection: { residentKey: "discouraged", userVerification: "preferred" },
      excludeCredentials: begin.known.map((id) => ({ type: "public-key", id: fromUrl(id) })),
    },
  })) as PublicKeyCredential;
  const answer = made.response as AuthenticatorAttestationResponse;
  return JSON.stringify({ id: made.id, rawId: made.id, type: made.type, response: { attestationObject: url(answer.attestationObject), clientDataJSON: url(answer.clientDataJSON) } });
}

function url(bytes: ArrayBuffer): string {
  return toBase64(new Uint8Array(bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** base64url without padding -> bytes. */
function fromUrl(text: string): Bytes {
  const plain = text.replace(/-/g, "+").replace(/_/g, "/");
  return fromBase64(plain.padEnd(Math.ceil(plain.length / 4) * 4, "="));
}
