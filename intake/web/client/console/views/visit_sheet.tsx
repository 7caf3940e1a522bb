/** The sealed visit sheet: two taps and a reason, logged by the server; and the log itself. */
import { useEffect, useState } from "preact/hooks";
import type { SheetPayload } from "../../lib/payloads.ts";
import { useConsole, useSession } from "../console.ts";
import { failure } from "../faults.ts";
import { entryName, OPENING, openingName, reasonName } from "../visit_labels.ts";
import type { Line, OpeningReason, Reason, Visit } from "../visits_api.ts";
import { t } from "../words.ts";
import { at } from "../zone.ts";
import { Dialog, Icon, Notice } from "./parts.tsx";

export function SheetDialog({ visit, onClose }: { visit: Visit; onClose: () => void }) {
  const house = useConsole();
  const { keyring, directory } = useSession();
  const [sheet, setSheet] = useState<SheetPayload | null>(null);
  const [error, setError] = useState("");
  const open = async (reason: OpeningReason) => {
    setError("");
    try {
      setSheet(await house.visits.openSheet(visit, reason, keyring, directory.verifyKeysOf(directory.team(visit.team))));
    } catch (problem) {
      setError(failure(problem));
    }
  };
  const fields: readonly (readonly [string, string])[] = sheet === null ? [] : [
    [t("Wo?"), sheet.place], [t("Bei wem?"), sheet.person], [t("Auto"), sheet.car], [t("Deckwort"), sheet.code_word], [t("Noch etwas"), sheet.more],
  ];
  return (
    <Dialog title={t("Besuchszettel öffnen")} onClose={onClose}>
      {error !== "" && <Notice>{error}</Notice>}
      {sheet === null && (
        <>
          <p>{t("Warum öffnen Sie ihn? Der Grund und Ihr Name werden festgehalten.")}</p>
          <ul class="menu">{OPENING.map((reason) => <li key={reason}><button type="button" onClick={() => void open(reason)}><Icon name="lock" />{openingName(reason)}</button></li>)}</ul>
        </>
      )}
      {sheet !== null && (
        <>
          <dl class="sheet-fields">{fields.filter(([, text]) => text.trim() !== "").map(([name, text]) => <div key={name}><dt>{name}</dt><dd dir="auto">{text}</dd></div>)}</dl>
          <p class="small soft">{t("Geschrieben von {name}. Geöffnet und festgehalten.", { name: sheet.by })}</p>
          <p><b>{t("Ob die 110 gerufen wird, entscheiden Menschen. Diese Konsole ruft sie nie.")}</b></p>
        </>
      )}
    </Dialog>
  );
}

export function LogDialog({ visit, onClose }: { visit: Visit; onClose: () => void }) {
  const house = useConsole();
  const [lines, setLines] = useState<readonly Line[] | null>(null);
  const [error, setError] = useState("");
  useEffect(() => void house.visits.log(visit).then(setLines, (problem: unknown) => setError(failure(problem))), []);
  return (
    <Dialog title={t("Verlauf")} onClose={onClose}>
      {error !== "" && <Notice>{error}</Notice>}
      {lines === null && error === "" && <p role="status">{t("Wird geladen …")}</p>}
      <ol class="visit-log">{lines?.map((line, i) => <li key={i}><span class="soft">{at(line.at)}</span> {entryName(line.entry)}{detail(line)}{line.by !== "" && <> · {line.by}</>}</li>)}</ol>
      <p class="small soft">{t("Wird nach 30 Tagen gelöscht.")}</p>
    </Dialog>
  );
}

function detail({ entry, detail: word }: Line): string {
  if (word === "") return "";
  if (entry === "closed" || entry === "proposed") return `: ${reasonName(word as Reason)}`;
  if (entry === "sheet_opened") return `: ${openingName(word as OpeningReason)}`;
  return ` ${Number(word) + 1}`;
}
