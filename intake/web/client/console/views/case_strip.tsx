/** In a contact: the way to its case, or to recording one. */
import { useEffect, useState } from "preact/hooks";
import type { Contact, Person } from "../api.ts";
import { agreementWord, kindHint, kindWord, mandateHint, mandateWord, stateWord } from "../case_labels.ts";
import { type Case, type CaseKind, KINDS, type Mandate, MANDATES } from "../cases.ts";
import { useConsole, useSession } from "../console.ts";
import { failure } from "../faults.ts";
import { t } from "../words.ts";
import { Dialog, Icon, Notice } from "./parts.tsx";

export function CaseStrip({ contact }: { contact: Contact }) {
  const house = useConsole();
  const [found, setFound] = useState<Case | null | "unknown">("unknown");
  const [opening, setOpening] = useState(false);
  const { mailbox } = contact;
  useEffect(() => {
    let alive = true;
    // Without it the contact can be read all the same.
    house.cases.of(mailbox).then((one) => { if (alive) setFound(one); }, () => undefined);
    return () => { alive = false; };
  }, [mailbox, contact.state]);
  const knowing = <Knowing contact={contact} />;
  if (found === "unknown" || (found === null && contact.claimed_by === null)) return knowing;
  const go = () => house.router.go({ section: "cases", mailbox });
  if (found !== null) return <>{knowing}<p class="call-strip"><Icon name="case" /><span>{kindWord(found.kind)}, {stateWord(found.state)}{found.kind === "case" && ` · ${agreementWord(found)}`} <button type="button" class="link" onClick={go}>{t("Beratung öffnen")}</button></span></p></>;
  return (
    <>
      {knowing}
      <p class="call-strip"><Icon name="case" /><span>{t("Noch keine Beratung festgehalten.")} <button type="button" class="link" onClick={() => setOpening(true)}>{t("Beratung festhalten")}</button></span></p>
      {opening && <KindDialog title={t("Beratung festhalten")} kinds={KINDS} onClose={() => setOpening(false)} onChosen={async (kind, mandate) => { await house.cases.open(mailbox, kind, mandate); void house.inbox.look(); go(); }} />}
    </>
  );
}

/** Colleagues who know the person and see nothing of this; a lead can open it to them again. */
function Knowing({ contact }: { contact: Contact }) {
  const house = useConsole();
  const { roles } = useSession();
  const [people, setPeople] = useState<readonly Person[]>([]);
  useEffect(() => {
    let alive = true;
    house.cases.knowing(contact.mailbox).then((found) => { if (alive) setPeople(found); }, () => undefined);
    return () => { alive = false; };
  }, [contact.mailbox]);
  const lift = (person: Person) => void house.cases.lift(contact.mailbox, person.id).then(
    () => { setPeople(people.filter(({ id }) => id !== person.id)); house.show(t("{name} sieht die Anfrage wieder.", { name: person.name })); },
    (problem: unknown) => house.show(failure(problem)),
  );
  return <>{people.map((person) => <p key={person.id} class="call-strip"><Icon name="person" /><span>{t("{name} kennt die Person und sieht die Anfrage nicht.", { name: person.name })} {roles[contact.team] === "lead" && <button type="button" class="link" onClick={() => lift(person)}>{t("War ein Irrtum")}</button>}</span></p>)}</>;
}

/** Which kind of counselling it is, and who has given the mandate. */
export function KindDialog({ title, kinds, now = null, onClose, onChosen }: { title: string; kinds: readonly CaseKind[]; now?: Mandate | null; onClose: () => void; onChosen: (kind: CaseKind, mandate: Mandate | null) => Promise<unknown> }) {
  const [kind, setKind] = useState<CaseKind | null>(kinds.length === 1 ? kinds[0]! : null);
  const [mandate, setMandate] = useState<Mandate | null>(now);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const save = async () => {
    if (busy) return;
    if (kind === null) return setError(t("Bitte wählen Sie, was es war."));
    if (kind === "case" && mandate === null) return setError(t("Ein Fall beginnt mit einer Beauftragung. Wer hat beauftragt?"));
    setBusy(true);
    setError("");
    try {
      await onChosen(kind, mandate);
    } catch (problem) {
      setError(failure(problem));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); void save(); }}>
        {error !== "" && <Notice>{error}</Notice>}
        <fieldset class="picks"><legend>{t("Was ist es?")}</legend>
          {kinds.map((each) => <label class="pick" key={each}><input type="radio" name="kind" checked={kind === each} onChange={() => setKind(each)} /><span><b>{kindWord(each)}</b><br /><span class="soft small">{kindHint(each)}</span></span></label>)}
        </fieldset>
        <fieldset class="picks"><legend>{t("Wer hat beauftragt?")}</legend>
          {kind !== "case" && <label class="pick"><input type="radio" name="mandate" checked={mandate === null} onChange={() => setMandate(null)} /><span><b>{t("Noch niemand")}</b></span></label>}
          {MANDATES.map((each) => <label class="pick" key={each}><input type="radio" name="mandate" checked={mandate === each} onChange={() => setMandate(each)} /><span><b>{mandateWord(each)}</b><br /><span class="soft small">{mandateHint(each)}</span></span></label>)}
        </fieldset>
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={busy}>{busy ? t("Einen Moment …") : t("Festhalten")}</button><button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button></div>
      </form>
    </Dialog>
  );
}
