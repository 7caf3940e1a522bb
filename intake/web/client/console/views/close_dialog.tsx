/** Ending a contact needs a reason; it can be taken back. */
import { useState } from "preact/hooks";
import type { CloseReason } from "../api.ts";
import { CLOSE_REASONS, reasonName } from "../labels.ts";
import { t } from "../words.ts";
import { Dialog, Notice } from "./parts.tsx";

export function CloseDialog({ busy, drafted, onClose, onChosen }: { busy: boolean; drafted: boolean; onClose: () => void; onChosen: (reason: CloseReason) => void }) {
  const [reason, setReason] = useState<CloseReason | null>(null);
  const [asked, setAsked] = useState(false);
  return (
    <Dialog title={t("Anfrage beenden")} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); if (reason === null) setAsked(true); else if (!busy) onChosen(reason); }}>
        {drafted && <Notice>{t("Sie haben eine Antwort begonnen, die noch nicht gesendet ist. Sie bleibt als Entwurf liegen.")}</Notice>}
        {asked && reason === null && <Notice>{t("Bitte wählen Sie einen Grund.")}</Notice>}
        <fieldset class="picks"><legend>{t("Warum endet sie hier?")}</legend>
          {CLOSE_REASONS.map((each) => (
            <label class="pick" key={each}><input type="radio" name="reason" value={each} checked={reason === each} onChange={() => setReason(each)} /><span>{reasonName(each)}</span></label>
          ))}
        </fieldset>
        <p class="small soft">{t("Schreibt die Person noch einmal, kommt die Anfrage von selbst zurück.")}</p>
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={busy}>{t("Beenden")}</button><button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button></div>
      </form>
    </Dialog>
  );
}
