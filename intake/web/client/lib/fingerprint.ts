/** A public identity as eight words, to be compared by telephone. */
import { concat, sha256, utf8 } from "./bytes.ts";
import type { PublicIdentity } from "./identity.ts";
import { spell } from "./return_code.ts";

/** First 88 bits of SHA-256("erstkontakt/1 fingerprint" || kem || verify), eleven bits a word. */
export function fingerprint({ kem, verify }: PublicIdentity): string {
  return spell(sha256(concat(utf8("erstkontakt/1 fingerprint"), kem, verify)).subarray(0, 11)).join(" ");
}
