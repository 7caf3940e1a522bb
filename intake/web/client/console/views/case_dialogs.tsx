/** The steps of a case that ask for more than a tap. A reason is sealed; the server sees that there is one, not what it says. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Person } from "../api.ts";
import { intervalWord, keptWord, outcomeWord, whyWord } from "../case_labels.ts";
import { type Case, KEPT, type Kept, outcomesOf, sealRecord, WHYS, type Why, type Outcome } from "../cases.ts";
import { useSession } from "../console.ts";
import { failure } from "../faults.ts";
import { t } from "../words.ts";
import { later, today } from "../zone.ts";
import { Dialog, Notice } from "./parts.tsx";

type Step = (name: string, more?: object) => Promise<void>;

/** A dialog that does one thing: checks, asks the server, and says what was wrong. */
function Ask({ title, save, onClose, onSave, children }: { title: string; save: string; onClose: () => void; onSave: () => Promise<void> | string; children: ComponentChildren }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const go = async () => {
    if (busy) return;
    const doing = onSave();
    if (typeof doing === "string") return setError(doing);
    setBusy(true);
    setError("");
    try {
      await doing;
    } catch (problem) {
      setError(failure(problem));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form noValidate onSubmit={(event) => { event.preventDefault(); void go(); }}>
        {error !== "" && <Notice>{error}</Notice>}
        {children}
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={busy}>{busy ? t("Einen Moment …") : save}</button><button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button></div>
      </form>
    </Dialog>
  );
}

function useReason(found: Case): { text: string; set: (text: string) => void; sealed: () => Promise<object> } {
  const { keyring, member } = useSession();
  const [text, set] = useState("");
  const sealed = async () => {
    const team = keyring.writer(found.team);
    if (text.trim() === "" || team === null) return {};
    return { reason: await sealRecord(found.mailbox, "reason", [{ title: "", text }], [], member.name, team) };
  };
  return { text, set, sealed };
}

function ReasonField({ reason }: { reason: ReturnType<typeof useReason> }) {
  return <label class="field"><span>{t("Warum? (freiwillig, wird verschlossen)")}</span><textarea rows={3} maxLength={2000} value={reason.text} onInput={(event) => reason.set(event.currentTarget.value)} /></label>;
}

export function CompanionsDialog({ found, people, onClose, onDone }: { found: Case; people: readonly Person[]; onClose: () => void; onDone: Step }) {
  const [first, setFirst] = useState(found.first?.id ?? "");
  const [second, setSecond] = useState(found.second?.id ?? "");
  const options = people.map(({ id, name }) => <option key={id} value={id}>{name}</option>);
  return (
    <Ask title={t("Wer begleitet?")} save={t("Speichern")} onClose={onClose} onSave={() => (first === "" ? t("Bitte wählen Sie mindestens eine Person.") : onDone("accompany", { first, second: second || null }))}>
      <label class="field"><span>{t("Erste Begleitung")}</span><select value={first} onChange={(event) => setFirst(event.currentTarget.value)}><option value="">{t("niemand")}</option>{options}</select></label>
      <label class="field"><span>{t("Zweite Begleitung")}</span><select value={second} onChange={(event) => setSecond(event.currentTarget.value)}><option value="">{t("niemand")}</option>{options}</select></label>
      <p class="small soft">{t("Zwei Menschen begleiten. So ist immer jemand da, der die Person kennt.")}</p>
    </Ask>
  );
}

const PACES = [1, 3, 7, 14, 21, 28, 60, 90] as const;

export function PaceDialog({ found, onClose, onDone }: { found: Case; onClose: () => void; onDone: Step }) {
  const [days, setDays] = useState(found.interval_days);
  const [side, setSide] = useState<"person" | "team">("person");
  const reason = useReason(found);
  const choices = [...new Set([...PACES, ...(found.interval_days === null ? [] : [found.interval_days])])].sort((a, b) => a - b);
  return (
    <Ask title={t("Wie oft in Kontakt?")} save={t("Speichern")} onClose={onClose} onSave={async () => onDone("pace", { days, wanted_by: side, ...(await reason.sealed()) })}>
      <label class="field"><span>{t("Kontakt")}</span><select value={days === null ? "" : String(days)} onChange={(event) => setDays(event.currentTarget.value === "" ? null : Number(event.currentTarget.value))}><option value="">{intervalWord(null)}</option>{choices.map((each) => <option key={each} value={String(each)}>{intervalWord(each)}</option>)}</select></label>
      <fieldset class="picks"><legend>{t("Wer möchte das?")}</legend>
        <label class="pick"><input type="radio" name="side" checked={side === "person"} onChange={() => setSide("person")} /><span>{t("Die Person")}</span></label>
        <label class="pick"><input type="radio" name="side" checked={side === "team"} onChange={() => setSide("team")} /><span>{t("Das Team")}</span></label>
      </fieldset>
      <ReasonField reason={reason} />
      <p class="small soft">{t("Meldet sich die Person nicht, wird niemand alarmiert, außer das ist so vereinbart.")}</p>
    </Ask>
  );
}

export function AgreeDialog({ step, onClose, onDone }: { step: "agree" | "review"; onClose: () => void; onDone: Step }) {
  const [review, setReview] = useState(later(today(), 90));
  return (
    <Ask title={step === "agree" ? t("Vereinbarung treffen") : t("Vereinbarung angesehen")} save={t("Speichern")} onClose={onClose} onSave={() => (review === "" ? t("Bitte wählen Sie einen Tag.") : onDone(step, { review_on: review }))}>
      <label class="field"><span>{t("Wieder ansehen am")}</span><input type="date" value={review} min={later(today(), 1)} max={later(today(), 365)} onInput={(event) => setReview(event.currentTarget.value)} /></label>
      <p class="small soft">{t("Die Beratung ist freiwillig und offen. Beide Seiten können sie jederzeit ändern oder beenden. Ziele schreiben Sie in die Dokumentation.")}</p>
    </Ask>
  );
}

export function DissolveDialog({ onClose, onDone }: { onClose: () => void; onDone: Step }) {
  const [why, setWhy] = useState<Why | null>(null);
  return (
    <Ask title={t("Vereinbarung auflösen")} save={t("Auflösen")} onClose={onClose} onSave={() => (why === null ? t("Bitte wählen Sie einen Grund.") : onDone("dissolve", { why }))}>
      <fieldset class="picks"><legend>{t("Warum?")}</legend>{WHYS.map((each) => <label class="pick" key={each}><input type="radio" name="why" checked={why === each} onChange={() => setWhy(each)} /><span>{whyWord(each)}</span></label>)}</fieldset>
    </Ask>
  );
}

export function EndDialog({ found, onClose, onDone }: { found: Case; onClose: () => void; onDone: Step }) {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const reason = useReason(found);
  return (
    <Ask title={t("Beratung beenden")} save={t("Beenden")} onClose={onClose} onSave={() => (outcome === null ? t("Bitte wählen Sie einen Grund.") : reason.sealed().then((more) => onDone("end", { outcome, ...more })))}>
      <fieldset class="picks"><legend>{t("Warum endet sie?")}</legend>{outcomesOf(found.kind).map((each) => <label class="pick" key={each}><input type="radio" name="outcome" checked={outcome === each} onChange={() => setOutcome(each)} /><span>{outcomeWord(each)}</span></label>)}</fieldset>
      <ReasonField reason={reason} />
      <p class="small soft">{t("Eine geltende Vereinbarung endet damit. Die Person kann jederzeit wieder schreiben.")}</p>
    </Ask>
  );
}

/** Longer than the carrier's rule: a day, why, and a sealed sentence that stays in the history. */
export function KeepDialog({ found, onClose, onDone }: { found: Case; onClose: () => void; onDone: Step }) {
  const [until, setUntil] = useState(found.erase_on);
  const [why, setWhy] = useState<Kept | null>(null);
  const reason = useReason(found);
  const save = () => {
    if (until === "") return t("Bitte wählen Sie einen Tag.");
    if (why === null || reason.text.trim() === "") return t("Bitte wählen Sie einen Grund und schreiben Sie ihn auf.");
    return reason.sealed().then((more) => onDone("keep", { until, why, ...more }));
  };
  return (
    <Ask title={t("Länger aufbewahren")} save={t("Speichern")} onClose={onClose} onSave={save}>
      <label class="field"><span>{t("Mindestens bis")}</span><input type="date" value={until} min={today()} max={later(today(), 3650)} onInput={(event) => setUntil(event.currentTarget.value)} /></label>
      <fieldset class="picks"><legend>{t("Warum?")}</legend>{KEPT.map((each) => <label class="pick" key={each}><input type="radio" name="why" checked={why === each} onChange={() => setWhy(each)} /><span>{keptWord(each)}</span></label>)}</fieldset>
      <label class="field"><span>{t("Der Grund in einem Satz (wird verschlossen)")}</span><textarea rows={3} maxLength={2000} value={reason.text} onInput={(event) => reason.set(event.currentTarget.value)} /></label>
      <p class="small soft">{t("Die Person sieht den neuen Tag bei ihren Nachrichten. Mit einem früheren Tag nehmen Sie es zurück: Dann gilt wieder die Regel Ihres Trägers.")}</p>
    </Ask>
  );
}
