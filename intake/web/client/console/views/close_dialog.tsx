/** Ending a contact needs a reason; it can be taken back. What is counted of it goes to the server without its name. */
import { useState } from "preact/hooks";
import type { CloseReason } from "../api.ts";
import { CLOSE_REASONS, reasonName } from "../labels.ts";
import { type Chosen, likelyKind } from "../statistics_api.ts";
import { t } from "../words.ts";
import { CountFields } from "./count_fields.tsx";
import { Dialog, Notice } from "./parts.tsx";

interface Props {
  readonly busy: boolean;
  readonly drafted: boolean;
  /** Whether what the person told is known; without it there is nothing to count. */
  readonly countable: boolean;
  readonly onClose: () => void;
  readonly onChosen: (reason: CloseReason, counted: Chosen | null) => void;
}

export function CloseDialog({ busy, drafted, countable, onClose, onChosen }: Props) {
  const [reason, setReason] = useState<CloseReason | null>(null);
  const [asked, setAsked] = useState(false);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const pick = (picked: CloseReason) => {
    setReason(picked);
    const kind = likelyKind(picked);
    setChosen(kind === null || !countable ? null : { kind, referral: chosen?.referral ?? "unknown", indicators: chosen?.indicators ?? null });
  };
  return (
    <Dialog title={t("Anfrage beenden")} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); if (reason === null) setAsked(true); else if (!busy) onChosen(reason, chosen); }}>
        {drafted && <Notice>{t("Sie haben eine Antwort begonnen, die noch nicht gesendet ist. Sie bleibt als Entwurf liegen.")}</Notice>}
        {asked && reason === null && <Notice>{t("Bitte wählen Sie einen Grund.")}</Notice>}
        <fieldset class="picks"><legend>{t("Warum endet sie hier?")}</legend>
          {CLOSE_REASONS.map((each) => (
            <label class="pick" key={each}><input type="radio" name="reason" value={each} checked={reason === each} onChange={() => pick(each)} /><span>{reasonName(each)}</span></label>
          ))}
        </fieldset>
        <p class="small soft">{t("Schreibt die Person noch einmal, kommt die Anfrage von selbst zurück.")}</p>
        {reason !== null && countable && (
          <fieldset class="counting"><legend>{t("Für die Statistik")}</legend>
            <label class="pick"><input type="checkbox" checked={chosen !== null} onChange={(event) => setChosen(event.currentTarget.checked ? { kind: likelyKind(reason) ?? "one_off", referral: "unknown", indicators: null } : null)} /><span>{t("Diese Anfrage zählen")}</span></label>
            {chosen === null && <p class="small soft">{reason === "forwarded" ? t("Es zählt das Team, das weitermacht.") : t("Sie wird nicht gezählt, zum Beispiel weil sie schon gezählt ist.")}</p>}
            {chosen !== null && <CountFields chosen={chosen} onChange={setChosen} />}
            {chosen !== null && <p class="small soft">{t("Dazu kommen: wer geschrieben hat, Thema, Kreis, Weg und Dauer. Jede Angabe zählt für sich. Niemand kann sie wieder zusammensetzen.")}</p>}
          </fieldset>
        )}
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={busy}>{t("Beenden")}</button><button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button></div>
      </form>
    </Dialog>
  );
}
