/** One counselling: who stands by, what was agreed, how often, and the sealed documentation. */
import { useCallback, useEffect, useState } from "preact/hooks";
import type { RecordPayload } from "../../lib/payloads.ts";
import type { Person } from "../api.ts";
import { agreementWord, intervalWord, kindWord, mandateHint, mandateWord, outcomeWord, sheetWord, stateWord, stepWord, warningWord, whyWord } from "../case_labels.ts";
import { type Case, GROWS, openRecord, type Sheet, sheetsOf } from "../cases.ts";
import { dated, day } from "../clock.ts";
import { useConsole, useSession } from "../console.ts";
import { failure } from "../faults.ts";
import { givenKeys, signersOf } from "../handover.ts";
import { reference, teamName } from "../labels.ts";
import { t, tn } from "../words.ts";
import { AgreeDialog, CompanionsDialog, DissolveDialog, EndDialog, KeepDialog, PaceDialog } from "./case_dialogs.tsx";
import { KindDialog } from "./case_strip.tsx";
import { Icon, Notice, ViewTitle } from "./parts.tsx";
import { PlanCard } from "./plan_card.tsx";
import { SafeText } from "./safe_text.tsx";
import { SheetDialog } from "./sheet_dialog.tsx";

type Open = "kind" | "companions" | "pace" | "agree" | "review" | "dissolve" | "end" | "keep" | null;
/** Opened sheets and reasons by their envelope; null: not to be opened here. */
type Records = ReadonlyMap<string, RecordPayload | null>;

export function CaseView({ mailbox }: { mailbox: string }) {
  const house = useConsole();
  const { keyring, directory } = useSession();
  const [found, setFound] = useState<Case | null>(null);
  const [records, setRecords] = useState<Records>(new Map());
  const [people, setPeople] = useState<readonly Person[]>([]);
  const [offered, setOffered] = useState(false);
  const [error, setError] = useState("");
  const [open, setOpen] = useState<Open>(null);
  const [sheet, setSheet] = useState<Sheet | null>(null);
  const [busy, setBusy] = useState(false);

  const load = useCallback(async () => {
    try {
      const one = await house.cases.of(mailbox);
      if (one === null) return setError(t("Zu dieser Anfrage ist keine Beratung festgehalten."));
      const contact = await house.api.contact(mailbox);
      const senders = signersOf(contact, directory);
      const given = await givenKeys(contact, keyring, directory, "sheets");
      const sealed = [...one.sheets.map(({ envelope, number }) => ({ envelope, key: given.get(number) })), ...one.steps.flatMap(({ reason }) => (reason === null ? [] : [{ envelope: reason, key: undefined }]))];
      setRecords(new Map(await Promise.all(sealed.map(async ({ envelope, key }) => [envelope, await openRecord(one, envelope, keyring, senders, key)] as const))));
      setFound(one);
      setOffered(contact.handovers.some(({ stage }) => stage === "offered"));
      setError("");
      setPeople((await house.rota.rota(one.team)).people);
    } catch (problem) {
      setError(failure(problem));
    }
  }, [mailbox]);
  useEffect(() => void load(), [load]);

  /** One step; the dialog shows what the server refuses. */
  const step = async (name: string, more: object = {}) => {
    await house.cases.step(mailbox, name, more);
    setOpen(null);
    await load();
  };
  const tap = (name: string, more: object = {}) => () => {
    if (busy) return;
    setBusy(true);
    void step(name, more).catch((problem: unknown) => setError(failure(problem))).finally(() => setBusy(false));
  };

  if (found === null) return <section class="pane page duty"><ViewTitle focus={mailbox}>{t("Beratung")}</ViewTitle>{error === "" ? <p role="status">{t("Wird geladen …")}</p> : <Notice>{error}</Notice>}</section>;
  const name = (id: string) => people.find((one) => one.id === id)?.name ?? id;
  const runs = found.state !== "ended";
  const isCase = found.kind === "case";
  const writer = keyring.writer(found.team);
  const writable = writer !== null && !offered;
  const close = () => setOpen(null);
  return (
    <section class="pane page duty case-view">
      <button type="button" class="link" onClick={() => house.router.back({ section: "cases", mailbox: null })}><Icon name="back" />{t("Zurück")}</button>
      <ViewTitle focus={mailbox}>{t("{kind} {ref}", { kind: kindWord(found.kind), ref: reference(found) })}</ViewTitle>
      <p class="soft">{teamName(directory, found.team)} · {stateWord(found.state)} · {t("seit {day}", { day: dated(found.opened) })} · <button type="button" class="link" onClick={() => house.router.go({ section: "contacts", box: "mine", mailbox })}>{t("Zum Gespräch")}</button></p>
      {error !== "" && <Notice>{error}</Notice>}
      {found.warnings.map((warning) => <Notice key={warning}>{warningWord(warning)}</Notice>)}
      {found.outcome !== null && <Notice kind="plain">{outcomeWord(found.outcome)}</Notice>}

      <div class="card-box">
        <h2>{found.mandate === null ? t("Noch keine Beauftragung") : mandateWord(found.mandate)}</h2>
        {found.mandate !== null && <p class="soft">{mandateHint(found.mandate)}</p>}
        {runs && <button type="button" class="link" onClick={() => setOpen("kind")}>{isCase ? t("Beauftragung ändern") : t("Es wird etwas anderes daraus")}</button>}
      </div>

      <div class="card-box">
        <h2>{t("Begleitung und Kontakt")}</h2>
        <dl class="ways">
          <div><dt>{t("Erste")}</dt><dd>{found.first?.name ?? <span class="soft">{t("niemand")}</span>}</dd></div>
          <div><dt>{t("Zweite")}</dt><dd>{found.second?.name ?? <span class="soft">{t("niemand")}</span>}</dd></div>
          <div><dt>{t("Kontakt")}</dt><dd>{intervalWord(found.interval_days)}</dd></div>
        </dl>
        {runs && <div class="card-actions"><button type="button" class="second" onClick={() => setOpen("companions")}>{t("Begleitung ändern")}</button><button type="button" class="second" onClick={() => setOpen("pace")}>{t("Kontakt ändern")}</button></div>}
      </div>

      <PlanCard found={found} onChanged={() => void load()} />

      {isCase && (
        <div class="card-box">
          <h2>{agreementWord(found)}</h2>
          {found.review_on !== null && <p>{t("Wieder ansehen am {day}", { day: day(found.review_on) })}</p>}
          {found.dissolved_why !== null && <p class="soft">{whyWord(found.dissolved_why)}</p>}
          {runs && <div class="card-actions">
            {(found.agreement === "none" || found.agreement === "dissolved") && <button type="button" class="second" aria-disabled={busy} onClick={tap("offer")}>{t("Vereinbarung anbieten")}</button>}
            {found.agreement === "offered" && <button type="button" class="second" onClick={() => setOpen("agree")}>{t("Beide Seiten stimmen zu")}</button>}
            {found.agreement === "active" && <button type="button" class="second" onClick={() => setOpen("review")}>{t("Angesehen, neuer Tag")}</button>}
            {(found.agreement === "offered" || found.agreement === "active") && <button type="button" class="second" onClick={() => setOpen("dissolve")}>{found.agreement === "offered" ? t("Angebot zurücknehmen") : t("Auflösen")}</button>}
          </div>}
        </div>
      )}

      <h2>{t("Dokumentation")}</h2>
      {writer === null && <Notice>{t("Sie haben nicht den neuesten Schlüssel dieses Teams. Lesen geht, schreiben nicht. Bitte rufen Sie Ihre Leitung an.")}</Notice>}
      {offered && <Notice kind="plain">{t("Diese Beratung ist einem anderen Team angeboten. Um noch etwas aufzuschreiben, nehmen Sie das Angebot erst zurück.")}</Notice>}
      <ul class="cards">
        {sheetsOf(found).map((each) => {
          const versions = found.sheets.filter((one) => one.sheet === each);
          const last = versions[versions.length - 1];
          const record = last === undefined ? undefined : records.get(last.envelope);
          return (
            <li key={each} class="card-box">
              <div class="card-head"><h3>{sheetWord(each)}</h3>{writable && <button type="button" class="link" aria-label={`${last === undefined ? t("Beginnen") : t("Bearbeiten")}: ${sheetWord(each)}`} onClick={() => setSheet(each)}>{last === undefined ? t("Beginnen") : t("Bearbeiten")}</button>}</div>
              {last === undefined && <p class="soft small">{t("Noch leer.")}</p>}
              {record === null && <p class="late">{t("Lässt sich hier nicht öffnen.")}</p>}
              {record !== undefined && record !== null && <SheetText record={record} />}
              {last !== undefined && <p class="soft small">{last.by.name}, {day(last.day)} · {tn("{n} Fassung", "{n} Fassungen", versions.length)}</p>}
            </li>
          );
        })}
      </ul>

      <details class="card-box"><summary>{t("Verlauf")}</summary>
        <ul class="lines">
          {[...found.steps].reverse().map((one) => {
            const reason = one.reason === null ? undefined : records.get(one.reason);
            return <li key={one.number}><span>{stepWord(one, name)}<br /><span class="soft small">{one.by.id === "person" ? t("die Person") : one.by.id === "" ? t("von selbst") : one.by.name}, {dated(one.day)}</span>{reason !== undefined && reason !== null && <SheetText record={reason} />}</span></li>;
          })}
        </ul>
      </details>

      <div class="card-box">
        <h2>{t("Aufbewahrung")}</h2>
        <p>{found.state === "ended" ? t("Alles zu dieser Beratung wird am {day} gelöscht.", { day: dated(found.erase_on) }) : t("Alles zu dieser Beratung bleibt mindestens bis {day}. Am Ende zählt die Frist Ihres Trägers neu.", { day: dated(found.erase_on) })}</p>
        {found.kept_until !== null && <p class="soft">{t("Länger als die Regel: bis {day}. Der Grund steht im Verlauf.", { day: dated(found.kept_until) })}</p>}
        <p class="soft small">{t("Die Person sieht diesen Tag auch. Auf ihren Wunsch ist sofort alles gelöscht.")}</p>
        {writer !== null && <button type="button" class="link" onClick={() => setOpen("keep")}>{t("Länger aufbewahren")}</button>}
      </div>

      <div class="card-actions">
        {found.state === "open" && <button type="button" class="second" aria-disabled={busy} onClick={tap("pause", { wanted_by: "person" })}>{t("Pause auf Wunsch der Person")}</button>}
        {found.state === "paused" && <button type="button" class="main" aria-disabled={busy} onClick={tap("resume")}>{t("Es geht weiter")}</button>}
        {runs && <button type="button" class="second" onClick={() => setOpen("end")}>{t("Beratung beenden")}</button>}
        {!runs && <button type="button" class="second" aria-disabled={busy} onClick={tap("reopen")}>{t("Wieder aufnehmen")}</button>}
      </div>

      {open === "kind" && <KindDialog title={isCase ? t("Beauftragung ändern") : t("Was wird daraus?")} kinds={isCase ? ["case"] : [found.kind, ...GROWS[found.kind]]} now={found.mandate} onClose={close} onChosen={(kind, mandate) => step("become", { kind, mandate })} />}
      {open === "companions" && <CompanionsDialog found={found} people={people} onClose={close} onDone={step} />}
      {open === "pace" && <PaceDialog found={found} onClose={close} onDone={step} />}
      {(open === "agree" || open === "review") && <AgreeDialog step={open} onClose={close} onDone={step} />}
      {open === "dissolve" && <DissolveDialog onClose={close} onDone={step} />}
      {open === "keep" && <KeepDialog found={found} onClose={close} onDone={step} />}
      {open === "end" && <EndDialog found={found} onClose={close} onDone={step} />}
      {sheet !== null && <SheetDialog found={found} sheet={sheet} record={latest(found, sheet, records)} onClose={() => setSheet(null)} onSaved={() => { setSheet(null); house.show(t("Verschlossen gespeichert.")); void load(); }} />}
    </section>
  );
}

function latest(found: Case, sheet: Sheet, records: Records): RecordPayload | null {
  const [last] = found.sheets.filter((one) => one.sheet === sheet).slice(-1);
  return last === undefined ? null : (records.get(last.envelope) ?? null);
}

export function SheetText({ record }: { record: RecordPayload }) {
  return (
    <>
      {record.fields.filter(({ text }) => text.trim() !== "").map((field, i) => <div key={i} class="sheet-field">{field.title !== "" && <b>{field.title}</b>}<SafeText text={field.text} /></div>)}
      {record.dates.length > 0 && <p>{tn("{n} Termin: {days}", "{n} Termine: {days}", record.dates.length, { days: record.dates.map(day).join(" · ") })}</p>}
    </>
  );
}
