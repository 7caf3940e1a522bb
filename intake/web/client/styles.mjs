/**
 * The style of a page that carries its own: page.css without the rules that nothing in this page can meet. A page is asked for on a slow line, and nothing
 * is kept between two pages, so each would bring all of it again.
 *
 * A rule stays if every class, id and element that it names occurs as a word in the page's templates or in its script: rather one too many.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";

/** Classes that neither a template nor a script names, since the directory does: the kinds of carriers. */
const NAMED_BY_DATA = ["state", "civil", "mixed"];

/** What the templates of a page say, those they include too. */
function templates(folder, name, seen = new Set()) {
  if (seen.has(name)) return "";
  seen.add(name);
  const text = readFileSync(join(folder, name), "utf8");
  const others = [...text.matchAll(/\{%-?\s*(?:extends|include|import|from)\s+"([^"]+)"/g)].map(([, other]) => templates(folder, other, seen));
  return [text, ...others].join(" ");
}

/** A selector list, cut at its commas outside of brackets. */
function selectors(list) {
  return list.match(/(?:\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\]|[^,])+/g) ?? [];
}

function meets(selector, words) {
  const bare = selector.replace(/\[[^\]]*\]/g, "").replace(/::?[\w-]+(?:\([^()]*(?:\([^()]*\)[^()]*)*\))?/g, "");
  return [...bare.matchAll(/[A-Za-z][\w-]*/g)].every(([name]) => words.has(name));
}

/** Small CSS (rules, and @media around rules) without what no word meets. */
function kept(css, words) {
  let at = 0;
  let out = "";
  while (at < css.length) {
    const open = css.indexOf("{", at);
    if (open < 0) throw new Error("styles: a rule without its braces");
    let end = open + 1;
    for (let depth = 1; depth > 0; end += 1) depth += css[end] === "{" ? 1 : css[end] === "}" ? -1 : 0;
    const head = css.slice(at, open);
    const body = css.slice(open + 1, end - 1);
    if (/^@(?:media|supports)/.test(head)) {
      const inner = kept(body, words);
      if (inner) out += `${head}{${inner}}`;
    } else if (head.startsWith("@")) {
      out += `${head}{${body}}`;
    } else {
      const wanted = selectors(head).filter((selector) => meets(selector, words));
      if (wanted.length > 0) out += `${wanted.join(",")}{${body}}`;
    }
    at = end;
  }
  return out;
}

/** The style for the page of `template`, whose script is `script`. */
export function styleOf(sheet, folder, template, script) {
  const small = transformSync(sheet, { loader: "css", minify: true, charset: "utf8", legalComments: "none" }).code.trim();
  const said = `${templates(folder, template)} ${script}`;
  const words = new Set([...NAMED_BY_DATA, ...(said.match(/[A-Za-z][\w-]*/g) ?? [])]);
  return kept(small, words);
}
