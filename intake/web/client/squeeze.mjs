/**
 * Keeps the cryptography small without touching what it computes. Each step takes out something that cannot run in a browser or that no
 * call of ours reaches; the vectors (tests/browser/test_vectors.py) run on the squeezed bundle and prove that nothing changed.
 */
import { readFile } from "node:fs/promises";

/** TypeScript's downlevelled class fields: `Object.defineProperty(this, "x", {… value: v })` is `this.x = v` to a class without setters of that name. */
const FIELD = /Object\.defineProperty\(this, "(\w+)", \{\s*enumerable: true,\s*configurable: true,\s*writable: true,\s*value: ((?:[^{}]|\{[^{}]*\})*?)\s*\}\);/g;

/** For Node 18; in a browser `globalThis.crypto` is there, and the page has asked for it before (lib/bytes.ts, webCrypto). */
const NODE_CRYPTO = /await import\("crypto"\)/g;

/** Assigning a property to a function is a side effect, so it would keep an HMAC that nothing calls. */
const UNUSED_HMAC = /^hmac\.create = .*$/m;

const DENO_SHIM = "export const dntGlobalThis = globalThis;";
// X-Wing asks X25519 for one thing, raw agreement; DHKEM, its JWK import and its second SHA-256 and HMAC are never reached.
const X25519_ONLY = `
import { SerializeError } from "@hpke/common";
import { x25519 } from "./primitives/x25519.js";
export class X25519 {
  async derive(sk, pk) {
    try { return x25519.getSharedSecret(sk, pk); } catch (e) { throw new SerializeError(e); }
  }
}`;

const REPLACED = [
  [/[\\/](?:@hpke[\\/]common|mlkem)[\\/]esm[\\/]_dnt\.shims\.js$/, DENO_SHIM],
  [/[\\/]@hpke[\\/]dhkem-x25519[\\/]esm[\\/]src[\\/]dhkemX25519\.js$/, `${X25519_ONLY}\nexport class DhkemX25519HkdfSha256 {}`],
  [/[\\/]@hpke[\\/]dhkem-x25519[\\/]esm[\\/]src[\\/]hkdfSha256\.js$/, "export class HkdfSha256 {}"],
];

export const squeeze = {
  name: "squeeze",
  setup(build) {
    build.onLoad({ filter: /[\\/]node_modules[\\/](@hpke|mlkem)[\\/].*\.js$/ }, async ({ path }) => {
      const replaced = REPLACED.find(([pattern]) => pattern.test(path));
      if (replaced) return { contents: replaced[1], loader: "js" };
      const source = await readFile(path, "utf8");
      return { contents: source.replace(FIELD, "this.$1 = $2;").replace(NODE_CRYPTO, "{}").replace(UNUSED_HMAC, ""), loader: "js" };
    });
  },
};
