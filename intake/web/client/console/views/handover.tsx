/** Handing one contact to another team: choosing, asking the person, sealing, and how far it is. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Contact } from "../api.ts";
import { dated } from "../clock.ts";
import { useConsole, useSession } from "../console.ts";
import { useDraft } from "../drafts.ts";
import { givenKeys, type Handover, type Purpose, PURPOSES, type ReturnReason, sealLetter, signedConsent, targets } from "../handover.ts";
import { teamName } from "../labels.ts";
import { type Facts, sealAnswer, type Thread } from "../thread.ts";
import { t } from "../words.ts";
import { today } from "../zone.ts";
import { Dialog, Icon, Notice } from "./parts.tsx";

/** Runs one thing at a time and reads the contact again afterwards. */
export type HandoverWork = (work: () => Promise<unknown>, after?: () => void) => Promise<void>;

export function purposeName(purpose: Purpose): string {
  return {
    responsible: t("Das andere Team ist zuständig"), support: t("Wir bitten um Unterstützung"), statewide: t("Von landesweiter Bedeutung"),
    topic: t("Das Thema gehört dorthin"), deputy: t("Vertretung"), conflict: t("Wir kennen die Person"), moved: t("Die Person ist umgezogen"),
    closing: t("Unser Team schließt"), wish: t("Die Person wünscht es"),
  }[purpose];
}

export function returnName(reason: ReturnReason | "no_answer"): string {
  return {
    not_responsible: t("nicht zuständig"), no_capacity: t("gerade keine Kraft dafür"), conflict: t("kennt die Person"), unclear: t("noch Fragen"),
    no_answer: t("keine Antwort in zwei Wochen"),
  }[reason];
}

function carrierKind(kind: "state" | "civil" | "mixed"): string {
  return { state: t("staatlich"), civil: t("nicht staatlich"), mixed: t("gemischt") }[kind];
}

export function HandoverDialog({ contact, facts, act, busy, onClose }: { contact: Contact; facts: Facts; act: HandoverWork; busy: boolean; onClose: () => void }) {
  const house = useConsole();
  const { directory, keyring, member } = useSession();
  const possible = targets(directory, contact, facts);
  const [team, setTeam] = useState(possible[0]?.id ?? "");
  const [purpose, setPurpose] = useState<Purpose>("responsible");
  const [picked, setWay] = useState<"thread" | "noted">("thread");
  const [said, setSaid] = useState(today());
  const [words, setWords] = useDraft(house.drafts, contact.mailbox, "consent");
  const [note, setNote] = useDraft(house.drafts, contact.mailbox, "covering");
  const [fault, setFault] = useState("");
  const name = teamName(directory, team);
  const civil = (id: string) => directory.carrierOf(directory.team(id)).kind === "civil";
  // The server cannot know the person's wishes, so it asks for the signed yes here in any case.
  const signedOnly = team !== "" && civil(contact.team) && !civil(team);
  const way = signedOnly ? "thread" : picked;
  const question = t("Wir möchten Ihre Nachrichten an ein anderes Team weitergeben: {team}. Das Team kann dann alles lesen, was Sie und wir hier geschrieben haben, und wir nichts mehr. Unsere Notizen gehen nicht mit. Haben wir zu einer Beratung etwas festgehalten, geht die letzte Fassung mit. Bilder und Sprachnachrichten auch nicht, die können Sie dort noch einmal schicken. Wir geben nur weiter, wenn Sie Ja sagen. Unter dieser Nachricht können Sie antworten.", { team: name });

  const begin = () => {
    if (team === "") return;
    if (way === "noted" && (said === "" || said > today() || words.trim() === "")) return setFault(t("Wann hat die Person zugestimmt, und mit welchen Worten?"));
    setFault("");
    void act(async () => {
      if (way === "thread") {
        await house.handovers.ask(contact.mailbox, team, purpose, null);
        await house.api.answer(contact.mailbox, await sealAnswer(contact.mailbox, question, t("Beratungsteam"), facts, keyring.writer(contact.team)!));
        return;
      }
      const id = await house.handovers.ask(contact.mailbox, team, purpose, said);
      const latest = await house.api.contact(contact.mailbox);
      const handover = latest.handovers.find((one) => one.id === id)!;
      const documented = await house.cases.of(contact.mailbox);
      await house.handovers.offer(contact.mailbox, id, await sealLetter(latest, { handover, by: member, text: note, words: words.trim(), documented }, keyring, directory));
      setWords("");
      setNote("");
    }, () => { house.say(way === "thread" ? t("Die Person ist gefragt.") : t("Verschlossen und angeboten.")); onClose(); });
  };

  return (
    <Dialog title={t("An ein anderes Team weitergeben")} wide onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); begin(); }}>
        {fault !== "" && <Notice>{fault}</Notice>}
        {(facts.wishes.only_civil || facts.wishes.not_carriers.length > 0) && <Notice kind="plain">{t("Die Person hat Träger ausgeschlossen. Hier stehen nur Teams, die sie will.")}</Notice>}
        {possible.length === 0 && <Notice>{t("Es gibt kein Team, das zu den Wünschen der Person passt. Sie können ihr eine Adresse nennen, ohne Daten weiterzugeben.")}</Notice>}
        {possible.length > 0 && (
          <>
            <label class="field"><span>{t("Welches Team?")}</span>
              <select class="handover-team" value={team} onChange={(event) => setTeam(event.currentTarget.value)}>{possible.map((one) => <option key={one.id} value={one.id}>{`${one.name} (${carrierKind(directory.carrierOf(one).kind)})`}</option>)}</select></label>
            <label class="field"><span>{t("Warum?")}</span>
              <select class="handover-purpose" value={purpose} onChange={(event) => setPurpose(event.currentTarget.value as Purpose)}>{PURPOSES.map((one) => <option key={one} value={one}>{purposeName(one)}</option>)}</select></label>
            <fieldset class="picks"><legend>{t("Das Einverständnis der Person")}</legend>
              <label class="pick"><input type="radio" name="way" checked={way === "thread"} onChange={() => setWay("thread")} /><span>{t("Hier in den Nachrichten fragen")}</span></label>
              {!signedOnly && <label class="pick"><input type="radio" name="way" checked={way === "noted"} onChange={() => setWay("noted")} /><span>{t("Die Person hat es uns schon gesagt")}</span></label>}
            </fieldset>
            {signedOnly && <p class="small soft">{t("Dieses Team hat einen anderen Träger, ganz oder zum Teil staatlich. Darum muss die Person selbst in den Nachrichten Ja sagen.")}</p>}
            {way === "thread" ? <blockquote class="question">{question}</blockquote> : (
              <>
                <label class="field"><span>{t("Wann?")}</span><input type="date" max={today()} value={said} onInput={(event) => setSaid(event.currentTarget.value)} /></label>
                <label class="field"><span>{t("Mit welchen Worten?")}</span><input type="text" class="handover-words" maxLength={500} value={words} onInput={(event) => setWords(event.currentTarget.value)} /></label>
                <label class="field"><span>{t("Begleitbrief für das andere Team (kann leer bleiben)")}</span><textarea rows={3} maxLength={4000} value={note} onInput={(event) => setNote(event.currentTarget.value)} /></label>
              </>
            )}
            <p class="small soft">{t("Mit gehen alle Nachrichten und die letzte Fassung jedes Blattes einer Beratung. Gelöscht werden bei der Übernahme: Notizen, Bilder, Sprachnachrichten, ältere Fassungen, Begründungen und wer begleitet hat. Eine Vereinbarung endet.")}</p>
            <p class="small soft">{t("Nichts geht von selbst weiter: Das andere Team nimmt an oder gibt mit einem Grund zurück. Die Person sieht jeden Schritt und kann bis dahin Nein sagen.")}</p>
          </>
        )}
        <div class="sheet-actions">{possible.length > 0 && <button type="submit" class="main" aria-disabled={busy}>{busy ? t("Einen Moment …") : way === "thread" ? t("Die Person fragen") : t("Verschließen und anbieten")}</button>}<button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button></div>
      </form>
    </Dialog>
  );
}

export function stageSentence(handover: Handover, name: (team: string) => string): string {
  const values = { from: name(handover.from_team), to: name(handover.to_team), reason: handover.reason === null ? "" : returnName(handover.reason) };
  switch (handover.stage) {
    case "asked": return t("Die Person ist gefragt, ob {to} übernehmen darf.", values);
    case "agreed": return t("Die Person ist einverstanden. Jetzt für {to} verschließen.", values);
    case "offered": return t("Verschlossen und angeboten. {to} nimmt an oder gibt zurück.", values);
    case "accepted": return t("Von {from} an {to} übergeben.", values);
    case "returned": return t("{to} hat zurückgegeben: {reason}.", values);
    case "refused": return t("Die Person möchte nicht, dass {to} es liest.", values);
    case "withdrawn": return t("Die Person hat ihr Einverständnis zurückgenommen.", values);
    case "cancelled": return t("Weitergabe an {to} zurückgenommen.", values);
  }
}

export function HandoverCard({ contact, thread, mine, act, busy }: { contact: Contact; thread: Thread; mine: boolean; act: HandoverWork; busy: boolean }) {
  const house = useConsole();
  const { directory, keyring, member } = useSession();
  const [proof, setProof] = useState<{ readonly of: string; readonly holds: boolean } | null>(null);
  const [note, setNote] = useDraft(house.drafts, contact.mailbox, "covering");
  const [words, setWords] = useDraft(house.drafts, contact.mailbox, "consent");
  const sent = useRef("");
  const open = contact.handovers.find(({ stage }) => stage === "asked" || stage === "agreed" || stage === "offered");
  const consented = async (to: Handover, facts: Facts | null) => {
    if (to.consent === "noted") return true;
    return facts !== null && (await signedConsent(contact, to, keyring, facts, await givenKeys(contact, keyring, directory)))?.agree === true;
  };
  useEffect(() => {
    if (open?.stage !== "agreed" && open?.stage !== "offered") return setProof(null);
    // What was proved before stays on the screen until this is proved, too: nobody loses the field that they are writing in.
    let latest = true;
    void consented(open, thread.facts).then((holds) => { if (latest) setProof({ of: open.id, holds }); });
    return () => { latest = false; };
  }, [contact]);
  const proved = proof !== null && proof.of === open?.id ? proof.holds : null;
  const name = (team: string) => teamName(directory, team);
  const written = contact.entries.filter(({ author }) => author !== "note").length;
  const behind = open?.stage === "offered" && open.entries < written;
  useEffect(() => {
    // The letter goes along once more, and can be changed before.
    if (behind && note === "" && sent.current !== "") setNote(sent.current);
  }, [behind]);
  if (contact.handovers.length === 0) return null;
  const offer = () => void act(async () => {
    const documented = await house.cases.of(contact.mailbox);
    const said = open!.consent === "thread" ? t("In den Nachrichten, unterschrieben.") : words.trim() || t("Wie zuvor.");
    await house.handovers.offer(contact.mailbox, open!.id, await sealLetter(contact, { handover: open!, by: member, text: note, words: said, documented }, keyring, directory));
    sent.current = note;
    setNote("");
    setWords("");
  }, () => house.say(t("Verschlossen und angeboten.")));
  return (
    <div class="card-box handover" role="region" aria-label={t("Weitergabe")}>
      <ol>{contact.handovers.map((one) => <li key={one.id}><span class="small soft">{dated(one.changed)}</span> {stageSentence(one, name)}</li>)}</ol>
      {open !== undefined && proved === false && <Notice kind="alarm">{t("Das Einverständnis trägt nicht die Unterschrift der Person. Bitte geben Sie nichts weiter, und sagen Sie Ihrer Leitung Bescheid.")}</Notice>}
      {behind && <Notice kind="plain">{t("Die Person hat inzwischen geschrieben. Bitte verschließen Sie noch einmal, sonst kann das andere Team nicht annehmen.")}</Notice>}
      {mine && (open?.stage === "agreed" || behind) && proved === true && <label class="field"><span>{t("Begleitbrief für das andere Team (kann leer bleiben)")}</span><textarea rows={3} maxLength={4000} value={note} onInput={(event) => setNote(event.currentTarget.value)} /></label>}
      {mine && open !== undefined && (
        <div class="sheet-actions">
          {(open.stage === "agreed" || behind) && proved === true && <button type="button" class="main" aria-disabled={busy} onClick={offer}><Icon name="handover" />{behind ? t("Noch einmal verschließen") : t("Verschließen und anbieten")}</button>}
          <button type="button" class="second" aria-disabled={busy} onClick={() => void act(() => house.handovers.cancel(contact.mailbox, open.id))}>{t("Zurücknehmen")}</button>
        </div>
      )}
    </div>
  );
}

/** Called from the view of one contact. */
export function ConflictDialog({ busy, onClose, onYes }: { busy: boolean; onClose: () => void; onYes: () => void }) {
  return (
    <Dialog title={t("Sie kennen die Person?")} onClose={onClose}>
      <p>{t("Dann sehen Sie diese Anfrage nicht mehr, auch nicht in den Listen. Sie geht ans Team zurück, und jemand anderes übernimmt. War es ein Irrtum, kann die Leitung es aufheben.")}</p>
      <p class="small soft">{t("Kennen alle im Team die Person? Dann geben Sie vorher an ein anderes Team weiter.")}</p>
      <div class="sheet-actions"><button type="button" class="main" aria-disabled={busy} onClick={onYes}>{t("Ja, ich kenne sie")}</button><button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button></div>
    </Dialog>
  );
}

