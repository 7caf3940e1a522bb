/**
 * Keeps the cryptography small, and fit for old telephones, without touching what it computes. Each step takes out something that cannot run in a browser or that no
 * call of ours reaches; the vectors (tests/browser/test_vectors.py) run on the squeezed bundle and prove that nothing changed. A step that
 * no longer finds its place after an upgrade stops the build.
 */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HASHES = join(dirname(fileURLToPath(import.meta.url)), "node_modules/@noble/hashes");

/** TypeScript's downlevelled class fields: `Object.defineProperty(this, "x", {… value: v })` is `this.x = v` to a class without setters of that name. */
const FIELD = /Object\.defineProperty\(this, "(\w+)", \{\s*enumerable: true,\s*configurable: true,\s*writable: true,\s*value: ((?:[^{}]|\{[^{}]*\})*?)\s*\}\);/g;

/** For Node 18; in a browser `globalThis.crypto` is there, and the page has asked for it before (lib/bytes.ts, webCrypto). */
const NODE_CRYPTO = /await import\("crypto"\)/g;

/** Assigning a property to a function is a side effect, so it would keep an HMAC that nothing calls. */
const UNUSED_HMAC = /^hmac\.create = .*$/m;

/** ES2022; the rest of the library runs on telephones from 2020. */
const HAS_OWN = /\bObject\.hasOwn\(/g;

const DENO_SHIM = "export const dntGlobalThis = globalThis;";
// X-Wing asks X25519 for one thing, raw agreement; DHKEM, its JWK import and its second SHA-256 and HMAC are never reached.
const X25519_ONLY = `
import { SerializeError } from "@hpke/common";
import { x25519 } from "./primitives/x25519.js";
export class X25519 {
  async derive(sk, pk) {
    try { return x25519.getSharedSecret(sk, pk); } catch (e) { throw new SerializeError(e); }
  }
}
export class DhkemX25519HkdfSha256 {}`;

const REPLACED = {
  "@hpke/common/esm/_dnt.shims.js": DENO_SHIM,
  "mlkem/esm/_dnt.shims.js": DENO_SHIM,
  "@hpke/dhkem-x25519/esm/src/dhkemX25519.js": X25519_ONLY,
  "@hpke/dhkem-x25519/esm/src/hkdfSha256.js": "export class HkdfSha256 {}",
};

/** Ways in and out that we do not use: keys as JWK, keys from other material than our seed, one-shot calls, modes with a pre-shared key. */
const UNREACHED = {
  "@hpke/hybridkem-x-wing/esm/src/xWing.js": ["importKey", "_importJWK", "deriveKeyPair", "generateKeyPair"],
  "@hpke/core/esm/src/cipherSuiteNative.js": ["seal", "open", "_validateInputLength"],
};

function withoutMethod(source, name, file) {
  const method = new RegExp(`\\n    (?:async )?${name}\\([^\\n]*\\) \\{\\n[\\s\\S]*?\\n    \\}(?=\\n)`);
  if (!method.test(source)) throw new Error(`squeeze: ${name} is no longer in ${file}; look at it again`);
  return source.replace(method, "").replace(new RegExp(`^ *this\\.${name}\\([^\\n]*\\);\\n`, "gm"), "");
}

export const squeeze = {
  name: "squeeze",
  setup(build) {
    // mlkem carries a copy of noble's helpers; the ones that Argon2id uses anyway will do.
    build.onResolve({ filter: /^\.\/utils\.js$/ }, ({ importer }) =>
      /[\\/]mlkem[\\/]esm[\\/]src[\\/]sha3[\\/]sha3\.js$/.test(importer) ? { path: join(HASHES, "utils.js") } : undefined,
    );
    // The packages declare "sideEffects": false, but a second package.json in their esm folders hides it from the bundler.
    build.onResolve({ filter: /./ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === "seen" || !/[\\/]node_modules[\\/](@hpke|mlkem)[\\/]/.test(importer)) return undefined;
      return { ...(await build.resolve(path, { importer, resolveDir, kind, pluginData: "seen" })), sideEffects: false };
    });
    build.onLoad({ filter: /[\\/]node_modules[\\/](@hpke|mlkem|@noble)[\\/].*\.js$/ }, async ({ path }) => {
      const file = path.split(/[\\/]node_modules[\\/]/).pop().replace(/\\/g, "/");
      if (REPLACED[file]) return { contents: REPLACED[file], loader: "js" };
      let source = (await readFile(path, "utf8")).replace(FIELD, "this.$1 = $2;").replace(NODE_CRYPTO, "{}").replace(UNUSED_HMAC, "").replace(HAS_OWN, "Object.prototype.hasOwnProperty.call(");
      for (const name of UNREACHED[file] ?? []) source = withoutMethod(source, name, file);
      return { contents: source, loader: "js" };
    });
  },
};
