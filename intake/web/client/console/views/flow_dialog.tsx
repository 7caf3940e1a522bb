/** Telling somebody outside: what the rules of the network allow and why, and the log of what was told. Nothing is sent from here. */
import { useEffect, useState } from "preact/hooks";
import type { Identity } from "../../lib/identity.ts";
import type { Contact } from "../api.ts";
import { moment } from "../clock.ts";
import { useConsole, useSession } from "../console.ts";
import { failure } from "../faults.ts";
import { BODIES, type Body, bodyName, type Flow, type Flows, INFORMATION, type Information, informationName, ruleSentence, type Takes } from "../flows_api.ts";
import { sealNote } from "../thread.ts";
import { t } from "../words.ts";
import { Dialog, Notice } from "./parts.tsx";

export function FlowDialog({ contact, team, onClose, onLogged }: { contact: Contact; team: Identity; onClose: () => void; onLogged: () => void }) {
  const house = useConsole();
  const { member } = useSession();
  const [found, setFound] = useState<Flows | null>(null);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const [information, setInformation] = useState<Information>("anonymised");
  const [body, setBody] = useState<Body>("team");
  const [words, setWords] = useState("");
  const [proven, setProven] = useState(false);
  useEffect(() => void house.flows.read(contact.mailbox).then(setFound, (problem: unknown) => setError(failure(problem))), []);

  const takes: Takes | null = found?.rules.find((rule) => rule.information === information && rule.body === body)?.takes ?? null;
  const needsProof = takes === "consent" || takes === "release";
  const act = async (work: () => Promise<Flows>, done: string) => {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      setFound(await work());
      house.show(done);
      onLogged();
    } catch (problem) {
      setError(failure(problem));
    } finally {
      setBusy(false);
    }
  };
  const propose = () => {
    if (takes === null) return setError(ruleSentence(null));
    if (words.trim() === "") return setError(t("Bitte schreiben Sie auf, was Sie wem sagen und warum."));
    if (needsProof && !proven) return setError(t("Bitte bestätigen Sie erst, dass die Zustimmung vorliegt."));
    const text = [`${informationName(information)} → ${bodyName(body)}`, words.trim()].join("\n\n");
    return void act(async () => {
      const latest = await house.flows.propose(contact.mailbox, information, body, needsProof ? takes : null, await sealNote(contact.mailbox, text, member.name, team));
      setWords("");
      setProven(false);
      return latest;
    }, takes === "two_people" ? t("Vorgeschlagen. Jetzt muss jemand anderes aus dem Team entscheiden.") : t("Festgehalten."));
  };

  return (
    <Dialog title={t("Etwas weitergeben")} wide onClose={onClose}>
      <p class="soft">{t("Von hier geht nichts hinaus. Sie sehen, was erlaubt ist, und halten fest, was Sie sagen. Ohne Regel gilt: nichts weitergeben.")}</p>
      {error !== "" && <Notice>{error}</Notice>}
      {found === null && error === "" && <p role="status">{t("Wird geladen …")}</p>}
      {found && (
        <>
          {found.flows.filter(({ state }) => state === "waiting").map((flow) => (
            <div class="card-box offer" key={flow.id}>
              <h3>{informationName(flow.information)}</h3>
              <p>{t("{name} schlägt vor, das weiterzugeben an: {body}. Der Grund steht in der Notiz.", { name: flow.by.name, body: bodyName(flow.body) })}</p>
              {flow.by.id === member.id ? <p class="soft">{t("Das muss jemand anderes aus dem Team entscheiden.")}</p> : (
                <div class="card-actions">
                  <button type="button" class="main" aria-disabled={busy} onClick={() => void act(() => house.flows.decide(contact.mailbox, flow.id, true), t("Entschieden. Die Zeiten sind festgehalten."))}>{t("Ja, weitergeben")}</button>
                  <button type="button" class="second" aria-disabled={busy} onClick={() => void act(() => house.flows.decide(contact.mailbox, flow.id, false), t("Abgelehnt. Nichts wird weitergegeben."))}>{t("Nein")}</button>
                </div>
              )}
            </div>
          ))}
          <form onSubmit={(event) => { event.preventDefault(); propose(); }}>
            <label class="field"><span>{t("Was?")}</span><select value={information} onChange={(event) => { setInformation(event.currentTarget.value as Information); setError(""); }}>{INFORMATION.map((each) => <option key={each} value={each}>{informationName(each)}</option>)}</select></label>
            <label class="field"><span>{t("An wen?")}</span><select value={body} onChange={(event) => { setBody(event.currentTarget.value as Body); setError(""); }}>{BODIES.map((each) => <option key={each} value={each}>{bodyName(each)}</option>)}</select></label>
            <div role="status"><Notice kind={takes === null ? "warn" : "plain"}>{ruleSentence(takes)}</Notice></div>
            {takes !== null && (
              <>
                <label class="field note"><span>{t("Was sagen Sie genau, an welche Stelle, und warum? (verschlossen fürs Team)")}</span><textarea rows={4} value={words} dir="auto" autocomplete="off" spellcheck={false} onInput={(event) => setWords(event.currentTarget.value)} /></label>
                {needsProof && <label class="pick"><input type="checkbox" checked={proven} onChange={(event) => setProven(event.currentTarget.checked)} /><span>{takes === "consent" ? t("Die Einwilligung liegt vor, mit Datum und Wortlaut oben.") : t("Die schriftliche Entbindung liegt vor.")}</span></label>}
                <div class="sheet-actions"><button type="submit" class="main" aria-disabled={busy}>{takes === "two_people" ? t("Vorschlagen") : t("Festhalten")}</button><button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button></div>
              </>
            )}
          </form>
          {found.flows.length > 0 && <><h3>{t("Bisher")}</h3><ul class="deliveries">{found.flows.map((flow) => <li key={flow.id}>{line(flow)}</li>)}</ul></>}
        </>
      )}
    </Dialog>
  );
}

function line(flow: Flow): string {
  const first = t("{when}: {what} an {body}, {name}", { when: moment(flow.at), what: informationName(flow.information), body: bodyName(flow.body), name: flow.by.name });
  if (flow.second === null) return flow.state === "waiting" ? [first, t("Wartet auf die zweite Person.")].join(". ") : first;
  const values = { name: flow.second.name, when: flow.second_at === null ? "" : moment(flow.second_at) };
  return [first, flow.state === "done" ? t("Bestätigt von {name}, {when}", values) : t("Abgelehnt von {name}, {when}", values)].join(". ");
}
