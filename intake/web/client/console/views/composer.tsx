/** Writing an answer or a note. The text stays in memory until it is sent; before sending, it is shown as the person will read it. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Identity } from "../../lib/identity.ts";
import { MAX_TEXT } from "../../lib/payloads.ts";
import { ApiError, type Contact } from "../api.ts";
import type { Block, Sheet } from "../blocks.ts";
import { useConsole, useSession } from "../console.ts";
import { teamName } from "../labels.ts";
import { useStore } from "../store.ts";
import { sealAnswer, sealNote, type Thread } from "../thread.ts";
import { languageCode, t } from "../words.ts";
import { failure } from "../faults.ts";
import { Dialog, Icon, Notice } from "./parts.tsx";
import { SafeText } from "./safe_text.tsx";

interface Props {
  readonly kind: "answer" | "note";
  readonly contact: Contact;
  readonly thread: Thread;
  readonly team: Identity;
  readonly onClose: () => void;
  readonly onSent: () => void;
}

export function Composer({ kind, contact, thread, team, onClose, onSent }: Props) {
  const house = useConsole();
  const { directory, member, keyring } = useSession();
  useStore(house.drafts.texts);
  const text = house.drafts.read(contact.mailbox, kind);
  const [error, setError] = useState("");
  const [dialog, setDialog] = useState<"review" | "blocks" | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const from = teamName(directory, contact.team);

  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.scrollIntoView({ block: "center" });
  }, []);

  const write = (value: string) => {
    house.drafts.write(contact.mailbox, kind, value);
    setError("");
  };
  const review = () => {
    if (text.trim() === "") setError(t("Hier steht noch nichts."));
    else if (text.length > MAX_TEXT) setError(t("Das sind {n} Zeichen. Möglich sind {most}. Bitte teilen Sie den Text in zwei Nachrichten.", { n: text.length.toLocaleString(languageCode()), most: MAX_TEXT.toLocaleString(languageCode()) }));
    else if (kind === "note") void send();
    else setDialog("review");
  };
  const send = async () => {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      await house.sending.send(contact.mailbox, kind, text, () => {
        if (kind === "note") return sealNote(contact.mailbox, text, member.name, team);
        if (thread.facts === null) throw new Error("nobody to seal to");
        return sealAnswer(contact.mailbox, text, from, thread.facts, team);
      });
      if (house.drafts.read(contact.mailbox, kind) === text) house.drafts.write(contact.mailbox, kind, "");
      onSent();
    } catch (problem) {
      if (house.session.current === null) return; // locked meanwhile: the draft waits behind the passphrase
      setDialog(null);
      setBusy(false);
      setError(problem instanceof ApiError && problem.uncertain ? [problem.message, t("Ihr Text bleibt hier stehen. Er wird nicht doppelt gesendet.")].join(" ") : failure(problem));
    }
  };
  const insert = (block: Block) => {
    const area = field.current;
    const at = area ? area.selectionStart : text.length;
    const before = text.slice(0, at);
    const after = text.slice(area ? area.selectionEnd : at);
    const glued = `${before}${before === "" || before.endsWith("\n") ? "" : "\n\n"}${block.text}`;
    write(glued + after);
    setDialog(null);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(glued.length, glued.length);
    });
  };

  return (
    <div class={`composer ${kind}`}>
      <div class="composer-head">
        <label for="composer">{kind === "answer" ? t("Antwort") : t("Notiz")} <small>{kind === "answer" ? from : t("nur fürs Team")}</small></label>
        <button type="button" class="icon-button" aria-label={t("Schreiben beenden, Entwurf behalten")} onClick={onClose}><Icon name="down" /></button>
      </div>
      {error !== "" && <Notice>{error}</Notice>}
      {/* No spell checking: some browsers send what is typed to their maker for it. */}
      <textarea id="composer" ref={field} rows={kind === "answer" ? 7 : 4} value={text} readOnly={busy} dir="auto" autocomplete="off" spellcheck={false}
        onInput={(event) => write(event.currentTarget.value)} />
      <div class="composer-foot">
        <button type="button" class="main" aria-disabled={busy} onClick={review}>{kind === "note" ? (busy ? t("Wird verschlossen …") : t("Notiz speichern")) : t("Ansehen und senden")}</button>
        {kind === "answer" && <button type="button" class="second" aria-haspopup="dialog" onClick={() => setDialog("blocks")}><Icon name="blocks" />{t("Textbaustein")}</button>}
        {text.length > MAX_TEXT * 0.9 && <span class="small soft">{t("noch {n} Zeichen", { n: (MAX_TEXT - text.length).toLocaleString(languageCode()) })}</span>}
      </div>
      {dialog === "blocks" && <BlockPicker team={contact.team} load={(fresh) => house.blocks.of(contact.team, keyring, directory.verifyKeysOf(directory.team(contact.team)), fresh)} onPick={insert} onClose={() => setDialog(null)} />}
      {dialog === "review" && (
        <Dialog title={t("So liest es die Person")} wide onClose={() => { if (!busy) setDialog(null); }}>
          <div class="letter team preview"><div class="letter-head"><h3>{from}</h3></div><SafeText text={text} /></div>
          {/\[[^\]\n]{1,60}\]|…{2,}|_{3,}/.test(text) && <Notice>{t("Im Text steht noch eine Lücke zum Ausfüllen, zum Beispiel „{gap}“.", { gap: /\[[^\]\n]{1,60}\]|…{2,}|_{3,}/.exec(text)?.[0] ?? "" })}</Notice>}
          <p class="small soft">{t("Ihr Name erscheint nicht. Gesendet lässt sich die Antwort nicht mehr zurückholen.")}</p>
          <div class="sheet-actions">
            <button type="button" class="main" aria-disabled={busy} onClick={() => void send()}>{busy ? t("Wird verschlossen …") : t("Jetzt senden")}</button>
            <button type="button" class="second" onClick={() => { if (!busy) setDialog(null); }}>{t("Weiter schreiben")}</button>
          </div>
          <div class="spoken" role="status">{busy ? t("Wird verschlossen …") : ""}</div>
        </Dialog>
      )}
    </div>
  );
}

function BlockPicker({ load, onPick, onClose }: { team: string; load: (fresh: boolean) => Promise<Sheet>; onPick: (block: Block) => void; onClose: () => void }) {
  const house = useConsole();
  const [sheet, setSheet] = useState<Sheet | null>(null);
  const [error, setError] = useState("");
  const [wanted, setWanted] = useState("");
  useEffect(() => {
    load(false).then(setSheet, (problem: unknown) => setError(failure(problem)));
  }, []);
  const blocks = (sheet?.blocks ?? []).filter((block) => `${block.title} ${block.text}`.toLowerCase().includes(wanted.toLowerCase()));
  return (
    <Dialog title={t("Textbaustein einfügen")} onClose={onClose}>
      {error !== "" && <Notice>{error}</Notice>}
      {sheet === null && error === "" && <p role="status">{t("Wird aufgeschlossen …")}</p>}
      {sheet !== null && sheet.standing !== "genuine" && <Notice kind="alarm">{t("Die Textbausteine auf dem Server sind nicht die des Teams. Sie werden nicht gezeigt. Bitte sagen Sie Ihrer Leitung Bescheid.")}</Notice>}
      {sheet !== null && sheet.standing === "genuine" && sheet.blocks.length === 0 && <p>{t("Ihr Team hat noch keine Textbausteine.")} <button type="button" class="link" onClick={() => house.router.go({ section: "blocks" })}>{t("Welche anlegen")}</button></p>}
      {sheet !== null && sheet.blocks.length > 7 && <label class="field"><span>{t("Suchen")}</span><input type="search" autocomplete="off" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} /></label>}
      <ul class="block-list">
        {blocks.map((block, i) => <li key={i}><button type="button" onClick={() => onPick(block)}><b>{block.title}</b><span>{block.text.slice(0, 160)}</span></button></li>)}
      </ul>
    </Dialog>
  );
}
