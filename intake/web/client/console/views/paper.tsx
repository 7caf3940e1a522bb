/**
 * What leaves the house on paper, or as a PDF that the browser makes: a sheet with its own words and nothing else. The name
 * on a confirmation is typed for the print and kept nowhere.
 */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { RecordPayload } from "../../lib/payloads.ts";
import type { Case, Sheet } from "../cases.ts";
import { useSession } from "../console.ts";
import { teamName } from "../labels.ts";
import { languageCode, t, tn } from "../words.ts";
import { today } from "../zone.ts";
import { Dialog, Notice } from "./parts.tsx";

interface Props {
  readonly found: Case;
  readonly sheet: Sheet;
  readonly fields: RecordPayload["fields"];
  readonly dates: readonly string[];
  readonly onDone: () => void;
}

export function Paper({ found, sheet, fields, dates, onDone }: Props) {
  const { directory } = useSession();
  const [name, setName] = useState("");
  const [error, setError] = useState("");
  const attendance = sheet === "attendance";
  const team = teamName(directory, found.team);
  const carrier = directory.carriers.find(({ id }) => id === directory.teams.find((one) => one.id === found.team)?.carrier)?.name ?? "";

  // Beside everything else, so that the print rules can leave out everything else.
  const [root] = useState(() => document.createElement("div"));
  useEffect(() => {
    root.className = "paper";
    document.body.append(root);
    return () => { render(null, root); root.remove(); };
  }, []);
  useEffect(() => render(attendance ? <Attendance name={name.trim()} team={team} carrier={carrier} dates={dates} /> : <Consultation fields={fields} />, root), [name]);

  const print = () => {
    if (attendance && name.trim() === "") return setError(t("Bitte den Namen eintragen, wie er auf dem Blatt stehen soll."));
    setError("");
    globalThis.print();
  };
  return (
    <Dialog title={attendance ? t("Bescheinigung drucken") : t("Blatt drucken")} onClose={onDone}>
      {error !== "" && <Notice>{error}</Notice>}
      {attendance && <label class="field"><span>{t("Name auf dem Blatt")}</span><input type="text" autocomplete="off" maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} /></label>}
      <p class="small soft">{attendance ? t("Der Name wird nicht gespeichert. Auf dem Blatt stehen nur die Tage.") : t("Der Browser druckt oder macht ein PDF daraus. Gespeichert wird hier nichts.")}</p>
      <div class="sheet-actions"><button type="button" class="main" onClick={print}>{t("Drucken oder als PDF sichern")}</button><button type="button" class="second" onClick={onDone}>{t("Fertig")}</button></div>
    </Dialog>
  );
}

function long(day: string): string {
  return new Date(`${day}T12:00:00`).toLocaleDateString(languageCode(), { day: "numeric", month: "long", year: "numeric" });
}

function Attendance({ name, team, carrier, dates }: { name: string; team: string; carrier: string; dates: readonly string[] }) {
  return (
    <article>
      <p>{team}<br />{carrier}</p>
      <h1>{t("Bescheinigung über die Teilnahme")}</h1>
      <p>{t("{name} hat an folgenden Tagen an Gesprächen teilgenommen:", { name })}</p>
      <ul>{dates.map((each) => <li key={each}>{long(each)}</li>)}</ul>
      <p>{tn("Das ist {n} Termin.", "Das sind {n} Termine.", dates.length)} {t("Diese Bescheinigung wird mit Einwilligung der genannten Person ausgestellt. Über Inhalte geben wir keine Auskunft.")}</p>
      <p class="sign">{long(today())}</p>
    </article>
  );
}

function Consultation({ fields }: { fields: RecordPayload["fields"] }) {
  return (
    <article>
      <h1>{t("Anonyme Fallberatung")}</h1>
      {fields.map((field, i) => <section key={i}><h2>{field.title}</h2><p class="as-written">{field.text}</p></section>)}
    </article>
  );
}
