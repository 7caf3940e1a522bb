/** The team's key: which one is in force, who lacks it, and a new one when somebody has left. */
import { useState } from "preact/hooks";
import { type Admitting, keyFile, type TeamPeople } from "../admitting.ts";
import { useSession } from "../console.ts";
import { failure } from "../faults.ts";
import { t, tn } from "../words.ts";
import { Dialog, Icon, Notice } from "./parts.tsx";

export function TeamKeyCard({ found, lead, admitting, onDone, onChange }: { found: TeamPeople; lead: boolean; admitting: Admitting; onDone: (told: string) => void; onChange: () => void }) {
  const { directory, keyring } = useSession();
  const { roll, people } = found;
  const listed = directory.team(people.team);
  const [asking, setAsking] = useState(false);
  const [progress, setProgress] = useState<{ done: number; of: number } | null>(null);
  const [error, setError] = useState("");
  const missing = lead ? admitting.missing(found) : [];
  const coming = roll.epoch !== null && roll.epoch > listed.epoch;
  const swapped = roll.epoch === listed.epoch && roll.kid !== listed.kid;
  const file = coming && lead ? keyFile(keyring, people.team, roll.epoch ?? 0) : null;
  const held = keyring.access.get(people.team) === "open";

  const work = async (task: () => Promise<void>, told: string) => {
    setError("");
    try {
      await task();
      onDone(told);
    } catch (problem) {
      setError(failure(problem));
      onChange();
    }
    setProgress(null);
  };
  const grant = () => void work(() => admitting.grantMissing(found, (done, of) => setProgress({ done, of })), t("Alle, die lesen dürfen, haben jetzt jeden Schlüssel."));
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([file ?? ""], { type: "application/json" }));
    link.download = `${people.team}.${roll.epoch}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  };

  return (
    <div class="card-box team-key">
      <h2>{t("Der Schlüssel des Teams")}</h2>
      {error !== "" && <Notice>{error}</Notice>}
      {swapped && <Notice kind="alarm">{t("Im Verzeichnis steht ein anderer Schlüssel als der, den die Leitung angekündigt hat. Bitte nicht weiterarbeiten. Rufen Sie die anderen Leitungen an.")}</Notice>}
      <p>{t("In Gebrauch: Schlüssel Nummer {n}.", { n: listed.epoch })}</p>
      {coming && <p>{t("Angekündigt: Nummer {n}. Er gilt, sobald das Verzeichnis neu unterschrieben ist.", { n: roll.epoch ?? 0 })}</p>}
      {file !== null && (
        <>
          <p class="soft">{t("Diese Datei enthält nur den öffentlichen Teil. Die Geschäftsstelle des Netzwerks nimmt sie auf, und das Verzeichnis wird auf dem Rechner ohne Netz neu unterschrieben. Vergleichen Sie dabei die Wörter am Telefon.")}</p>
          <button type="button" class="second" onClick={save}><Icon name="down" />{t("Datei für das Verzeichnis speichern")}</button>
        </>
      )}
      {progress !== null && <div class="progress" role="status"><progress max={progress.of} value={progress.done} aria-label={t("Fortschritt")} /> {t("{done} von {of}", progress)}</div>}
      {missing.length > 0 && progress === null && (
        <>
          <Notice kind="plain">{tn("Einer Person fehlt noch ein Schlüssel.", "{n} Personen fehlt noch ein Schlüssel.", missing.length)}</Notice>
          <button type="button" class="main" onClick={grant}>{t("Jetzt für sie verschließen")}</button>
        </>
      )}
      {lead && held && progress === null && <button type="button" class="second" onClick={() => setAsking(true)}>{coming ? t("Noch einmal neu machen …") : t("Neuen Schlüssel machen …")}</button>}
      {asking && (
        <Dialog title={t("Neuer Schlüssel fürs Team")} onClose={() => setAsking(false)}>
          <p>{t("Das ist nötig, wenn jemand gegangen ist, der den jetzigen Schlüssel kannte. Der neue wird hier gemacht und für alle verschlossen, die bleiben. Was schon da ist, bleibt für sie lesbar.")}</p>
          <p>{t("Er gilt erst, wenn das Verzeichnis neu unterschrieben ist. Bis dahin geht alles weiter wie bisher.")}</p>
          <div class="sheet-actions"><button type="button" class="main" onClick={() => { setAsking(false); void work(() => admitting.newEpoch(found), t("Der neue Schlüssel ist gemacht. Jetzt für die anderen verschließen.")); }}>{t("Schlüssel machen")}</button><button type="button" class="second" onClick={() => setAsking(false)}>{t("Abbrechen")}</button></div>
        </Dialog>
      )}
    </div>
  );
}
