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
import { minify } from "terser";
import { squeeze } from "./squeeze.mjs";
import { styleOf } from "./styles.mjs";
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

const terse = { ecma: 2020, module: true, compress: { ecma: 2020, module: true, passes: 3 }, mangle: { module: true }, format: { ecma: 2020, comments: false } };

/** Packages whose code is in what was built. */
const packages = new Set();

/** Their licences ask to be handed on with every copy, also with a minified one. */
function licences() {
  const texts = [...packages].filter(Boolean).sort().map((name) => {
    const folder = join(here, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, "LICENSE"), "utf8").trim()}\n`;
  });
  return Buffer.from(texts.join(`\n${"-".repeat(78)}\n\n`));
}

/** name -> text of each file of one bundle. Terser after esbuild: 4 % less over the line, where it counts. */
async function bundle(options) {
  const outdir = resolve(here, "out");
  const result = await build({ ...common, ...options, outdir });
  for (const input of Object.keys(result.metafile.inputs)) packages.add(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? "");
  const files = new Map();
  for (const file of result.outputFiles) files.set(relative(outdir, file.path), (await minify(file.text, terse)).code);
  return files;
}

/** Names of sealing.ts that somebody outside may call. */
function libraryNames() {
  const source = readFileSync(join(here, "lib/sealing.ts"), "utf8");
  return [...source.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, names]) => names.split(",").map((name) => name.trim().split(" as ").pop())).sort();
}

/**
 * Each page is one shell and one library file, sealing-<hash>.js, which the shell imports lazily: no chunks in between, because each costs a
 * slow line another round trip. The library of a page holds what the page calls by name and nothing else. The console is built apart, so
 * that what it needs (WebAssembly, preact) can never end up in a help-seeker's page.
 */
async function buildAll() {
  const built = new Map();
  const PLACE = "./sealing-library.js";
  const lazily = {
    name: "lazily",
    setup(building) {
      building.onResolve({ filter: /\/sealing\.ts$/ }, ({ kind }) => {
        if (kind === "dynamic-import") return { path: PLACE, external: true };
        return { errors: [{ text: "a page imports lib/sealing.ts lazily, through lib/load.ts, or only its types" }] };
      });
    },
  };
  const names = libraryNames();
  for (const entry of entries("pages", (_, source) => /^\/\/ entry\b/.test(source))) {
    for (const [file, shell] of await bundle({ entryPoints: [entry], plugins: [lazily, squeeze] })) {
      if (!shell.includes(PLACE)) {
        built.set(file, Buffer.from(shell));
        continue;
      }
      const called = names.filter((name) => new RegExp(`\\b${name}\\b`).test(shell));
      const contents = `export { ${called.join(", ")} } from "./lib/sealing.ts";`;
      const [library] = [...(await bundle({ stdin: { contents, resolveDir: here, sourcefile: "sealing.ts" } })).values()];
      const name = `sealing-${createHash("sha256").update(library).digest("hex").slice(0, 12)}.js`;
      built.set(name, Buffer.from(library));
      built.set(file, Buffer.from(shell.replace(PLACE, `./${name}`)));
    }
  }
  const isMain = (name) => name === "main.ts" || name === "main.tsx";
  const consoleEntries = entries("console", isMain);
  if (consoleEntries.length > 0) {
    for (const [file, text] of await bundle({ entryPoints: consoleEntries })) built.set(file, Buffer.from(text));
  }
  for (const [file, text] of await bundle({ entryPoints: [join(here, "console/push_worker.ts")], format: "iife" })) built.set(file, Buffer.from(text));
  built.set("licences.txt", licences());
  return built;
}

const brotli = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });

function* walk(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* walk(path);
    else yield relative(target, path).split(sep).join("/");
  }
}

/** Pages on the way to the first message carry their own style: one request less, and only what they need of page.css. */
const STYLED = ["start", "write"];

/** Everything that should lie in static/: built scripts, what others put there by hand, a .br beside each text, release.json over all. */
function wanted(built) {
  const files = new Map(built);
  for (const name of existsSync(target) ? walk(target) : []) {
    if (/\.(js|br|tmp)$/.test(name) || name === "release.json" || name === "licences.txt") continue;
    files.set(name, readFileSync(join(target, name)));
  }
  const sheet = files.get("page.css").toString("utf8");
  for (const page of STYLED) {
    files.set(`${page}.css`, Buffer.from(styleOf(sheet, resolve(target, "../templates"), `${page}.html`, files.get(`${page}.js`).toString("utf8"))));
  }
  const release = {};
  for (const name of [...files.keys()].sort()) release[name] = createHash("sha256").update(files.get(name)).digest("hex");
  for (const [name, bytes] of [...files]) if (/\.(js|css|svg|webmanifest|json|txt)$/.test(name)) files.set(`${name}.br`, brotli(bytes));
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
  mkdirSync(outdir, { recursive: true });
  for (const name of ["browser", "browser_console", "browser_load"]) {
    for (const [file, text] of await bundle({ entryPoints: [join(here, `test/${name}.ts`)] })) writeFileSync(join(outdir, file), text);
  }
} else {
  const built = await buildAll();
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
    for (const name of [...built.keys()].sort()) console.log(`${String(built.get(name).length).padStart(8)} ${String(files.get(`${name}.br`).length).padStart(7)} br  ${name}`);
  }
}
