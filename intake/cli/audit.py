"""`erstkontakt audit`: does this address serve what was released, and the directory that the root has signed?

Everybody may run it against everybody's instance. It fetches the pages, every file of the release manifest (packed and
plain), the directory with its whole chain, each team's key, the annex and the region table, and names each difference.
It asks as Tor Browser does, so that a server cannot easily know who is asking. It sees what it was served: run it
from several places (also through Tor, `--proxy`), and from time to time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import aiohttp
import brotli

from intake import directory
from intake.cli.canary import address, root_key
from intake.errors import IntakeError
from intake.web.headers import INLINE_SCRIPTS, INLINE_STYLES, headers_for

FIRST_PAGES = ("/", "/schreiben", "/antworten", "/team/")
MOST_PAGES = 80
LIKE_A_BROWSER = {
    "User-Agent": "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "de,en-US;q=0.7,en;q=0.3",
}
HARMLESS_SCRIPTS = {"application/json", "application/ld+json"}
ADDRESSES = {("form", "action"), ("button", "formaction"), ("script", "src"), ("link", "href"), ("img", "src")}
FORBIDDEN = {"iframe", "frame", "object", "embed", "applet", "base", "portal"}


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = commands.add_parser(
        "audit",
        help="compare what an instance serves with the release and with the signed chain",
        description=(__doc__ or "").partition("\n\n")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Exit status 0: no difference. 1: differences, one a line. 2: it could not be asked.",
    )
    parser.add_argument(
        "--url", required=True, type=address, help="address of the instance, e.g. https://hilfe.example"
    )
    parser.add_argument(
        "--root", required=True, type=root_key, metavar="HEX", help="root verify key that you trust, 64 hex digits"
    )
    parser.add_argument(
        "--release", type=Path, metavar="FILE", help="release.json to compare with (default: of this installation)"
    )
    parser.add_argument(
        "--remember", type=Path, metavar="FOLDER", help="keep the chain here; next time an exchanged past is noticed"
    )
    parser.add_argument("--proxy", help="HTTP proxy for all requests, e.g. Tor's HTTPTunnelPort http://127.0.0.1:8118")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask, compare, print; returns the exit status."""
    url = arguments.url
    try:
        released = read_release(arguments.release)
        audit = Audit(url, arguments.root, released, arguments.remember, arguments.proxy)
        asyncio.run(audit.everything())
    except (OSError, TimeoutError, aiohttp.ClientError, ValueError) as error:
        print(f"The audit of {url} could not be finished: {error}")
        return 2
    if arguments.json:
        print(json.dumps({"url": url, "looked_at": audit.looked_at, "differences": audit.differences}, indent=1))
    else:
        for difference in audit.differences:
            print(difference)
        found = len(audit.differences)
        seen = ", ".join(f"{count} {what}" for what, count in audit.looked_at.items())
        print(f"{'No difference' if not found else f'{found} difference(s)'} at {url}: {seen}.")
    return 1 if audit.differences else 0


def read_release(file: Path | None) -> dict[str, str]:
    """File name -> SHA-256 in hex. Raises ValueError if this is no manifest."""
    source = file or resources.files("intake.web") / "static" / "release.json"
    manifest = json.loads(source.read_text("utf-8"))
    if not isinstance(manifest, dict) or not manifest:
        raise ValueError(f"{source} is not a release manifest")
    for name, digest in manifest.items():
        if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise ValueError(f"{source}: {name} has no SHA-256")
    return manifest


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, unpacked."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Audit:
    """One look at one instance. `differences` are sentences, `looked_at` counts what was compared."""

    url: str
    root: bytes
    released: dict[str, str]
    remember: Path | None = None
    proxy: str | None = None
    differences: list[str] = field(default_factory=list)
    looked_at: dict[str, int] = field(default_factory=dict)
    http: aiohttp.ClientSession = field(init=False, repr=False)

    def differs(self, where: str, what: str) -> None:
        self.differences.append(f"{where}: {what}")

    def seen(self, what: str, count: int = 1) -> None:
        self.looked_at[what] = self.looked_at.get(what, 0) + count

    async def everything(self) -> None:
        """Pages, files, directory. Network errors come through; everything else becomes a difference."""
        timeout = aiohttp.ClientTimeout(total=60)
        async with aiohttp.ClientSession(
            headers=LIKE_A_BROWSER, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        ) as self.http:
            await self.pages()
            await self.files()
            await self.book()

    async def ask(self, path: str, packed: bool = True) -> Answer:  # noqa: FBT001, FBT002
        headers = {"Accept-Encoding": "gzip, deflate, br" if packed else "identity"}
        async with self.http.get(self.url + path, headers=headers, proxy=self.proxy, allow_redirects=False) as found:
            body = await found.read()
            coding = found.headers.get("Content-Encoding", "")
            if coding == "br":
                body = brotli.decompress(body)
            elif coding:
                self.differs(path, f"is packed as {coding}, which we never do: something in between changes answers")
            return Answer(found.status, {name.lower(): value for name, value in found.headers.items()}, body)

    # ------------------------------------------------------------------------------------------------------- pages

    async def pages(self) -> None:
        """Every page that links lead to: headers, and nothing in it that we do not write."""
        waiting, done = list(FIRST_PAGES), set[str]()
        while waiting and len(done) < MOST_PAGES:
            path = waiting.pop(0)
            if path in done:
                continue
            done.add(path)
            answer = await self.ask(path)
            self.check_headers(path, answer)
            if answer.status // 100 == 3:
                continue
            if answer.status != 200:
                if path in FIRST_PAGES:
                    self.differs(path, f"is answered with {answer.status}")
                continue
            if not answer.headers.get("content-type", "").startswith("text/html"):
                continue
            self.seen("pages")
            page = Page(answer.body.decode("utf-8", "replace"))
            for trouble in page.troubles(self.url, path, self.root.hex(), self.released):
                self.differs(path, trouble)
            waiting += [link for link in page.links(self.url, path) if link not in done]

    def check_headers(self, path: str, answer: Answer) -> None:
        kind = answer.headers.get("content-type", "application/octet-stream").split(";")[0]
        for name, wanted in headers_for(path, kind, self.released).items():
            got = answer.headers.get(name.lower())
            if got != wanted:
                self.differs(path, f"header {name} is {got!r} instead of {wanted!r}")
        for name in ("set-cookie", "server", "x-powered-by", "etag", "report-to", "nel"):
            if name in answer.headers:
                self.differs(path, f"has a header that we never send: {name}: {answer.headers[name][:80]}")

    # ------------------------------------------------------------------------------------------------------- files

    async def files(self) -> None:
        """Every file of the release, as packed and as plain bytes, and the manifest that the server itself shows."""
        for name, digest in sorted(self.released.items()):
            for packed in (True, False):
                answer = await self.ask(f"/s/{name}", packed)
                how = "packed" if packed else "plain"
                if answer.status != 200:
                    self.differs(f"/s/{name}", f"({how}) is answered with {answer.status}")
                elif (got := sha256(answer.body).hexdigest()) != digest:
                    self.differs(
                        f"/s/{name}", f"({how}) is not the released file: {got[:16]}… instead of {digest[:16]}…"
                    )
            self.seen("files")
        shown = await self.ask("/s/release.json", packed=False)
        try:
            theirs = json.loads(shown.body) if shown.status == 200 else {}
        except ValueError:
            theirs = {}
        for name in sorted(theirs.keys() ^ self.released.keys()):
            where = "only in the manifest of the server" if name in theirs else "missing in the manifest of the server"
            self.differs("/s/release.json", f"{name} is {where}")

    # --------------------------------------------------------------------------------------------------- directory

    async def book(self) -> None:
        """The directory in force, every predecessor, and all that they name by hash."""
        current = await self.ask("/verzeichnis")
        try:
            book = directory.read(current.body, self.root, datetime.now(UTC))
        except IntakeError as error:
            self.differs("/verzeichnis", f"{type(error).__name__}: {error}")
            return
        await self.chain(book, current.body)
        for team in book.teams:
            kem = (await self.ask(f"/schluessel/{team.kid}")).body
            if sha256(kem).hexdigest() != team.key_hash or sha256(kem).hexdigest()[:16] != team.kid:
                self.differs(f"/schluessel/{team.kid}", f"is not the key of {team.id} that the directory names")
            self.seen("team keys")
        for path, digest in ((f"/anhang/{book.annex_hash}", book.annex_hash), ("/orte", book.regions_hash)):
            if sha256((await self.ask(path)).body).hexdigest() != digest:
                self.differs(path.rpartition("/")[0] or path, "is not the file that the directory names")

    async def chain(self, book: directory.Directory, newest: bytes) -> None:
        """Replay from the first version; with a memory, notice a past that was exchanged since the last look."""
        before: bytes | None = None
        for number in range(1, book.version + 1):
            path = f"/verzeichnis/{number}"
            answer = await self.ask(path)
            if answer.status != 200:
                self.differs(path, "is missing: the chain cannot be replayed")
                return
            try:
                link = directory.read_any_age(answer.body, self.root)
                directory.follows(answer.body, link, before, number)
            except IntakeError as error:
                self.differs(path, f"{type(error).__name__}: {error}")
                return
            self.compare_with_memory(number, answer.body)
            self.seen("links of the chain")
            before = answer.body
        if before != newest:
            self.differs("/verzeichnis", f"is not the same file as /verzeichnis/{book.version}")
        if self.remember and any(self.remember.glob(f"{book.version + 1:05}.ekd")):
            self.differs("/verzeichnis", f"version {book.version} is older than one seen before: rolled back")

    def compare_with_memory(self, number: int, blob: bytes) -> None:
        if self.remember is None:
            return
        self.remember.mkdir(parents=True, exist_ok=True)
        file = self.remember / f"{number:05}.ekd"
        if not file.exists():
            file.write_bytes(blob)
        elif file.read_bytes() != blob:
            self.differs(f"/verzeichnis/{number}", f"is another file than the one remembered in {file}")


class Page(HTMLParser):
    """What a page loads, where its forms go, and what it must not have."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.inline: list[tuple[str, str]] = []  # (script or style, what stands in it)
        self._inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append((tag, attributes))
        if tag == "style" or (tag == "script" and attributes.get("type", "") not in HARMLESS_SCRIPTS):
            self._inside = tag
            self.inline.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.inline[-1] = (self._inside, self.inline[-1][1] + data)

    def troubles(self, url: str, path: str, root: str, released: Mapping[str, str]) -> Iterator[str]:
        """Everything in the page that our templates never write."""
        ours = {released[name] for name in (*INLINE_SCRIPTS, *INLINE_STYLES) if name in released}
        for tag, text in self.inline:
            if text.strip() and sha256(text.encode()).hexdigest() not in ours:
                yield f"has a {tag} written into the page that is not in the release: {text.strip()[:60]!r}"
        known = {f"/s/{name}" for name in released}
        for tag, attributes in self.tags:
            if tag in FORBIDDEN:
                yield f"has a <{tag}>"
            if tag == "meta" and attributes.get("http-equiv", "").lower() == "refresh":
                yield "sends the visitor elsewhere by itself (meta refresh)"
            for name, value in attributes.items():
                if name.startswith("on"):
                    yield f"has a script in the attribute {name} of <{tag}>"
                if name in {"style", "srcdoc", "ping", "srcset"}:
                    yield f"has {name}= in <{tag}>"
                if value.strip().lower().startswith(("javascript:", "vbscript:")):
                    yield f"has a {value.split(':')[0]}: address in <{tag}>"
                if (tag, name) in ADDRESSES and not value.startswith("data:image/svg+xml,"):
                    target = urlsplit(urljoin(url + path, value))
                    if f"{target.scheme}://{target.netloc}" != url:
                        yield f"<{tag} {name}> leads to another server: {value}"
                    elif tag != "form" and target.path.startswith("/s/") and target.path not in known:
                        yield f"loads a file that is not in the release: {target.path}"
                    elif tag == "script" and not target.path.startswith("/s/"):
                        yield f"loads a script from outside /s/: {target.path}"
            if tag == "html" and attributes.get("data-root", root) != root:
                yield "names another root key than the one you trust"

    def links(self, url: str, path: str) -> Iterator[str]:
        """Addresses of this server that the page leads to, without queries."""
        for tag, attributes in self.tags:
            if tag == "a" and (href := attributes.get("href")):
                target = urlsplit(urljoin(url + path, href))
                if f"{target.scheme}://{target.netloc}" == url:
                    yield unquote(target.path) or "/"
