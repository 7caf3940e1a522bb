/** The team's text blocks: read, write, put in order. The whole sheet is sealed for the team. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Block, Sheet } from "../blocks.ts";
import { useConsole, useSession } from "../console.ts";
import { teamName } from "../labels.ts";
import { t } from "../words.ts";
import { failure } from "../faults.ts";
import { Dialog, Icon, Notice, ViewTitle } from "./parts.tsx";

interface Editing { readonly index: number | null; readonly title: string; readonly text: string }

export function BlocksView() {
  const house = useConsole();
  const { teams, keyring, directory } = useSession();
  const usable = teams.filter((team) => keyring.writer(team) !== null);
  const [team, setTeam] = useState(usable[0] ?? "");
  const [sheet, setSheet] = useState<Sheet | null>(null);
  const [error, setError] = useState("");
  const [editing, setEditing] = useState<Editing | null>(null);
  const [busy, setBusy] = useState(false);
  const shown = useRef(team);

  const load = async (of: string) => {
    shown.current = of;
    setSheet(null);
    setError("");
    if (of === "") return;
    try {
      const found = await house.blocks.of(of, keyring, directory.verifyKeysOf(directory.team(of)), true);
      if (shown.current === of) setSheet(found);
    } catch (problem) {
      if (shown.current === of) setError(failure(problem));
    }
  };
  useEffect(() => void load(team), [team]);

  const save = async (blocks: readonly Block[], done: string, undo: readonly Block[] | null) => {
    if (busy) return false;
    setBusy(true);
    setError("");
    try {
      await house.blocks.save(team, blocks, keyring);
      setSheet({ blocks, standing: "genuine" });
      house.show(done, undo === null ? null : () => void save(undo, t("Wieder da."), null));
      return true;
    } catch (problem) {
      setError(failure(problem));
      return false;
    } finally {
      setBusy(false);
    }
  };
  const blocks = sheet?.blocks ?? [];
  const keep = async () => {
    if (editing === null) return;
    const title = editing.title.trim();
    const text = editing.text.trim();
    if (title === "" || text === "") {
      setError(t("Ein Textbaustein braucht einen Namen und einen Text."));
      return;
    }
    const next = editing.index === null ? [...blocks, { title, text }] : blocks.map((block, i) => (i === editing.index ? { title, text } : block));
    if (await save(next, t("Verschlossen gespeichert."), null)) setEditing(null);
  };

  return (
    <section class="pane page">
      <ViewTitle focus="blocks">{t("Textbausteine")}</ViewTitle>
      <p class="soft">{t("Sätze, die Ihr Team oft braucht. Nur das Team kann sie lesen.")}</p>
      {usable.length === 0 && <Notice kind="plain">{t("Sobald Ihre Leitung Sie freigegeben hat, können Sie hier Textbausteine anlegen.")}</Notice>}
      {usable.length > 1 && <label class="field"><span>{t("Team")}</span><select value={team} onChange={(event) => setTeam(event.currentTarget.value)}>{usable.map((each) => <option key={each} value={each}>{teamName(directory, each)}</option>)}</select></label>}
      {error !== "" && editing === null && <Notice>{error} <button type="button" class="link" onClick={() => void load(team)}>{t("Noch einmal versuchen")}</button></Notice>}
      {team !== "" && sheet === null && error === "" && <p role="status">{t("Wird aufgeschlossen …")}</p>}
      {sheet !== null && sheet.standing !== "genuine" && <Notice kind="alarm">{t("Die Textbausteine auf dem Server sind nicht die des Teams. Sie werden nicht gezeigt. Bitte sagen Sie Ihrer Leitung Bescheid.")}</Notice>}
      {sheet !== null && sheet.standing === "genuine" && (
        <>
          {blocks.length === 0 && <div class="empty"><Icon name="blocks" /><p>{t("Noch keine. Fangen Sie mit der Begrüßung an, die Sie jedes Mal schreiben.")}</p></div>}
          <ul class="block-list">
            {blocks.map((block, i) => <li key={`${i}-${block.title}`}><button type="button" onClick={() => { setError(""); setEditing({ index: i, ...block }); }}><b>{block.title}</b><span>{block.text.slice(0, 220)}</span></button></li>)}
          </ul>
          <button type="button" class="main" onClick={() => { setError(""); setEditing({ index: null, title: "", text: "" }); }}><Icon name="plus" />{t("Neuer Textbaustein")}</button>
        </>
      )}
      {editing !== null && (
        <Dialog title={editing.index === null ? t("Neuer Textbaustein") : t("Textbaustein ändern")} wide onClose={() => setEditing(null)}>
          <form onSubmit={(event) => { event.preventDefault(); void keep(); }}>
            {error !== "" && <Notice>{error}</Notice>}
            <label class="field"><span>{t("Name")}</span><input type="text" maxLength={120} autocomplete="off" value={editing.title} onInput={(event) => setEditing({ ...editing, title: event.currentTarget.value })} /></label>
            <label class="field"><span>{t("Text")}</span><textarea rows={8} maxLength={20_000} autocomplete="off" spellcheck={false} dir="auto" value={editing.text} onInput={(event) => setEditing({ ...editing, text: event.currentTarget.value })} /></label>
            <p class="small soft">{t("Lücken in eckigen Klammern, zum Beispiel [Tag], werden vor dem Senden angemahnt.")}</p>
            <div class="sheet-actions">
              <button type="submit" class="main" aria-disabled={busy}>{busy ? t("Wird verschlossen …") : t("Speichern")}</button>
              {editing.index !== null && <button type="button" class="second alarm" onClick={() => { const without = blocks.filter((_, i) => i !== editing.index); void save(without, t("Textbaustein gelöscht."), blocks).then((ok) => { if (ok) setEditing(null); }); }}>{t("Löschen")}</button>}
            </div>
          </form>
        </Dialog>
      )}
    </section>
  );
}
