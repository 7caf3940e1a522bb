/** The own duties in the own calendar: a secret address, shown once. */
import { useState } from "preact/hooks";
import { useConsole } from "../console.ts";
import { t } from "../words.ts";
import { failure } from "../faults.ts";
import { Dialog, Notice } from "./parts.tsx";

export function CalendarCard({ team }: { team: string }) {
  const house = useConsole();
  const [asking, setAsking] = useState(false);
  const [url, setUrl] = useState("");
  const [copied, setCopied] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const make = async () => {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      setUrl(await house.rota.calendar(team));
      setCopied(false);
    } catch (problem) {
      setError(failure(problem));
    } finally {
      setBusy(false);
    }
  };
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(url);
      setCopied(true);
    } catch {
      setError(t("Kopieren geht hier nicht. Bitte markieren Sie die Adresse, und kopieren Sie sie von Hand."));
    }
  };
  const close = () => { setAsking(false); setUrl(""); setError(""); };
  return (
    <>
      <h2>{t("Mein Kalender")}</h2>
      <p class="soft">{t("Ihre Dienste im Kalender auf dem Handy. Darin steht nur „Dienst“ und die Zeit.")}</p>
      <button type="button" class="second" onClick={() => setAsking(true)}>{t("Adresse für meinen Kalender")}</button>
      {asking && (
        <Dialog title={t("Mein Kalender")} onClose={close}>
          {error !== "" && <Notice>{error}</Notice>}
          {url === "" ? (
            <>
              <p>{t("Sie bekommen eine geheime Adresse. Tragen Sie sie im Kalender als Abonnement ein.")}</p>
              <p class="soft">{t("Wer die Adresse kennt, sieht Ihre Dienstzeiten. Wir zeigen sie nur ein Mal. Eine frühere Adresse gilt dann nicht mehr.")}</p>
              <div class="sheet-actions"><button type="button" class="main" aria-disabled={busy} onClick={() => void make()}>{busy ? t("Einen Moment …") : t("Neue Adresse machen")}</button></div>
            </>
          ) : (
            <>
              <p>{t("Das ist Ihre Adresse. Sie steht nur jetzt hier:")}</p>
              <p class="secret"><code>{url}</code></p>
              <div class="sheet-actions"><button type="button" class="main" onClick={() => void copy()}>{copied ? t("Kopiert") : t("Kopieren")}</button><button type="button" class="second" onClick={close}>{t("Fertig")}</button></div>
              <div class="spoken" role="status">{copied ? t("Kopiert") : ""}</div>
            </>
          )}
        </Dialog>
      )}
    </>
  );
}
