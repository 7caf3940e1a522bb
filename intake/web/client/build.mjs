/**
 * Builds ../static from pages/ and console/: `node build.mjs`, with `--check` it only compares (exit 1 names what differs), with
 * `--test` it builds the browser tests' own page script into the folder named after it.
 *
 * Deterministic: the same sources and the locked packages give the same bytes on every machine.
 */
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, mkdirSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { squeeze } from "./squeeze.mjs";
import { packedWords } from "./words.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../../..");
const target = resolve(here, "../static");

const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2020",
  charset: "utf8",
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  write: false,
  metafile: true,
  logLevel: "warning",
  entryNames: "[name]",
  // Fields that libraries call private; the vectors run with the same setting.
  mangleProps: /^_[a-z]/i,
  plugins: [squeeze],
  define: { PACKED_WORDS: JSON.stringify(packedWords()) },
};

/** Entries: every pages/*.ts that begins with the comment `// entry`, and console/main.ts. */
function entries(folder, isEntry) {
  const path = join(here, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => /\.tsx?$/.test(name) && isEntry(name, readFileSync(join(path, name), "utf8")))
    .sort()
    .map((name) => ({ in: join(path, name), out: folder === "console" ? "console" : name.replace(/\.tsx?$/, "") }));
}

async function bundle(entryPoints, outdir, extra = {}) {
  if (entryPoints.length === 0) return { files: new Map(), metafile: { outputs: {} } };
  const result = await build({ ...common, ...extra, entryPoints, outdir });
  return { files: new Map(result.outputFiles.map((file) => [relative(outdir, file.path), Buffer.from(file.contents)])), metafile: result.metafile };
}

/**
 * The help-seekers' library becomes one file, sealing-<hash>.js, and every page one shell that imports it lazily: no chunks in between,
 * because each costs a slow line another round trip. The console is built apart, so that what it needs (WebAssembly, preact) can never end
 * up in a help-seeker's page.
 */
async function buildAll() {
  const sealing = await bundle([{ in: join(here, "lib/sealing.ts"), out: "sealing" }], target, { entryNames: "[name]-[hash]", splitting: false });
  const [library] = [...sealing.files.keys()];
  const lazily = {
    name: "lazily",
    setup(building) {
      building.onResolve({ filter: /\/sealing\.ts$/ }, ({ kind }) => {
        if (kind === "dynamic-import") return { path: `./${library}`, external: true };
        return { errors: [{ text: "a page imports lib/sealing.ts lazily, through lib/load.ts, or only its types" }] };
      });
    },
  };
  const pages = await bundle(
    entries("pages", (_, source) => /^\/\/ entry\b/.test(source)),
    target,
    { splitting: false, plugins: [lazily, squeeze] },
  );
  const console_ = await bundle(
    entries("console", (name) => name === "main.ts" || name === "main.tsx"),
    target,
    { splitting: true, chunkNames: "console-[hash]" },
  );
  return { files: new Map([...sealing.files, ...pages.files, ...console_.files]), metafiles: [sealing.metafile, pages.metafile, console_.metafile] };
}

const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });

function* walk(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* walk(path);
    else yield relative(target, path).split(sep).join("/");
  }
}

/** Everything that should lie in static/: built scripts, what others put there by hand, a .br beside each text, release.json over all. */
function wanted(built) {
  const files = new Map(built);
  for (const name of existsSync(target) ? walk(target) : []) {
    if (/\.(js|br|tmp)$/.test(name) || name === "release.json") continue;
    files.set(name, readFileSync(join(target, name)));
  }
  const release = {};
  for (const name of [...files.keys()].sort()) release[name] = createHash("sha256").update(files.get(name)).digest("hex");
  for (const [name, bytes] of [...files]) if (/\.(js|css|svg|webmanifest|json)$/.test(name)) files.set(`${name}.br`, brotli(bytes));
  files.set("release.json", Buffer.from(`${JSON.stringify(release, null, 1)}\n`));
  return files;
}

function present() {
  return new Map((existsSync(target) ? [...walk(target)] : []).filter((name) => !name.endsWith(".tmp")).map((name) => [name, readFileSync(join(target, name))]));
}

/** Replaced whole, by renaming: somebody else's server may be reading. */
function write(name, bytes) {
  const path = join(target, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}.tmp`, bytes);
  renameSync(`${path}.${process.pid}.tmp`, path);
}

const [option, folder] = process.argv.slice(2);
if (option === "--test") {
  const outdir = resolve(folder ?? join(root, "build/browser-tests"));
  const scripts = ["browser", "browser_console", "browser_load"].map((name) => ({ in: join(here, `test/${name}.ts`), out: name }));
  const { files } = await bundle(scripts, outdir, { splitting: false });
  mkdirSync(outdir, { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(outdir, name), bytes);
} else {
  const { files: built, metafiles } = await buildAll();
  const files = wanted(built);
  const old = present();
  const differing = [...new Set([...files.keys(), ...old.keys()])].filter((name) => !(files.has(name) && old.has(name) && files.get(name).equals(old.get(name)))).sort();
  if (option === "--check") {
    if (differing.length > 0) {
      console.error(`static/ is not what the sources build to: ${differing.join(", ")}\nRun "npm run build" in intake/web/client and commit the result.`);
      process.exit(1);
    }
  } else {
    for (const name of differing) {
      if (files.has(name)) write(name, files.get(name));
      else rmSync(join(target, name), { force: true });
    }
    if (process.argv.includes("--meta")) for (const [i, meta] of metafiles.entries()) writeFileSync(`meta-${i}.json`, JSON.stringify(meta));
    for (const name of [...built.keys()].sort()) console.log(`${String(built.get(name).length).padStart(8)} ${String(files.get(`${name}.br`).length).padStart(7)} br  ${name}`);
  }
}
