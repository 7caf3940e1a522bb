/** One contact: who wrote, what was said, and what can be done next. */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError, type CloseReason, type Contact } from "../api.ts";
import { age, day, overdue } from "../clock.ts";
import { useConsole, useSession } from "../console.ts";
import { channelName, ended, reference, stateName, teamName } from "../labels.ts";
import type { Place } from "../router.ts";
import { useStore } from "../store.ts";
import type { Chosen } from "../statistics_api.ts";
import { givenKeys, signersOf } from "../handover.ts";
import { openThread, type Thread } from "../thread.ts";
import { t } from "../words.ts";
import { CallStrip } from "./call_strip.tsx";
import { CaseStrip } from "./case_strip.tsx";
import { CloseDialog } from "./close_dialog.tsx";
import { Composer } from "./composer.tsx";
import { FlowDialog } from "./flow_dialog.tsx";
import { failure } from "../faults.ts";
import { Dialog, Icon, Notice, ViewTitle } from "./parts.tsx";
import { ConflictDialog, HandoverCard, HandoverDialog } from "./handover.tsx";
import { FactsCard, Letters } from "./letters.tsx";

type ContactsPlace = Extract<Place, { section: "contacts" }>;
type Writing = "answer" | "note" | null;

export function ContactView({ place, mailbox }: { place: ContactsPlace; mailbox: string }) {
  const house = useConsole();
  const { member, keyring, directory } = useSession();
  const [contact, setContact] = useState<Contact | null>(null);
  const [thread, setThread] = useState<Thread | null>(null);
  const [error, setError] = useState("");
  const [told, setTold] = useState("");
  const [busy, setBusy] = useState(false);
  const [writing, setWriting] = useState<Writing>(() => (house.drafts.read(mailbox, "answer") !== "" ? "answer" : house.drafts.read(mailbox, "note") !== "" ? "note" : null));
  const [dialog, setDialog] = useState<"close" | "more" | "take over" | "flow" | "hand over" | "conflict" | null>(null);
  const going = useRef(false);
  const alive = useRef(true);
  useEffect(() => () => { alive.current = false; }, []);

  const load = useCallback(async () => {
    try {
      const latest = await house.api.contact(mailbox);
      const given = await givenKeys(latest, keyring, directory);
      const opened = await openThread(latest, keyring, signersOf(latest, directory), given);
      if (!alive.current) return;
      setContact(latest);
      house.inbox.learn(latest);
      setThread(opened);
      setError("");
    } catch (problem) {
      if (alive.current) setError(problem instanceof ApiError && problem.status === 404 ? t("Diese Anfrage gibt es hier nicht mehr. Die Person oder die Frist hat sie gelöscht, oder sie gehört jetzt zu einem anderen Team.") : failure(problem));
    }
  }, [mailbox, keyring]);
  useEffect(() => void load(), [load]);

  // A button that did its work disappears; the focus then moves on to the next thing to do, never to nowhere.
  const section = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    if (document.activeElement === document.body) section.current?.querySelector<HTMLElement>(".actions button.main, .detail-body")?.focus({ preventScroll: true });
  }, [contact, writing, dialog]);

  // The list looks for news; when this contact's line there has changed, it is read again.
  const row = useStore(house.inbox.state).pages.flat().find((each) => each.mailbox === mailbox);
  const line = row && `${row.state}/${row.claimed_by?.id}/${row.unread}/${row.size}`;
  const lineBefore = useRef(line);
  useEffect(() => {
    if (line !== undefined && lineBefore.current !== undefined && line !== lineBefore.current && !going.current) void load();
    lineBefore.current = line;
  }, [line]);

  /** One thing at a time; what the server says is shown, and the contact is read again. */
  const act = async (work: () => Promise<unknown>, after?: () => void) => {
    if (going.current) return;
    going.current = true;
    setBusy(true);
    setTold("");
    try {
      await work();
      after?.();
    } catch (problem) {
      if (problem instanceof ApiError && problem.code === "already_claimed") {
        const by = problem.body["by"];
        const text = typeof by === "string" && by !== "" ? t("{name} hat diese Anfrage schon übernommen.", { name: by }) : problem.message;
        setTold(text);
      } else if (house.session.current !== null) setTold(failure(problem));
    } finally {
      going.current = false;
      if (alive.current) {
        setBusy(false);
        if (house.session.current !== null) await load();
      }
      if (house.session.current !== null) void house.inbox.look();
    }
  };
  const gone = () => {
    if (contact !== null) house.inbox.learn(contact, true);
    alive.current = false; // not read again on the way out
    toList();
  };

  const toList = () => house.router.back({ ...place, mailbox: null }, (before) => before.section === "contacts" && before.mailbox === null);
  const claim = () => void act(() => house.api.claim(mailbox), () => {
    house.say(t("Sie haben diese Anfrage übernommen."));
    house.router.go({ ...place, box: "mine", mailbox }, "replace");
  });
  const undo = (work: () => Promise<unknown>, done: string) => () => void work().then(
    () => { house.show(done); void house.inbox.refresh(); if (alive.current) void load(); },
    (problem: unknown) => { house.show(failure(problem)); void house.inbox.refresh(); },
  );
  const release = () => void act(() => house.api.release(mailbox), () => {
    setWriting(null);
    house.show(t("Zurückgegeben. Das Team sieht die Anfrage wieder unter „Neu“."), undo(() => house.api.claim(mailbox), t("Wieder bei Ihnen.")));
    gone();
  });
  const close = (reason: CloseReason, counted: Chosen | null) => void act(() => house.api.close(mailbox, reason), () => {
    if (counted !== null && contact !== null && thread?.facts) void house.statistics.count(contact, thread.facts, counted).catch((problem: unknown) => house.show(t("Die Anfrage ist beendet, aber nicht gezählt. {why}", { why: failure(problem) })));
    setDialog(null);
    setWriting(null);
    house.show(t("Anfrage {ref} ist beendet.", { ref: reference({ mailbox }) }), undo(() => house.api.reopen(mailbox), t("Wieder geöffnet. Die Anfrage ist bei Ihnen.")));
    gone();
  });
  const takeOver = () => void act(() => house.api.claim(mailbox, true), () => {
    setDialog(null);
    house.say(t("Sie haben diese Anfrage übernommen."));
    house.router.go({ ...place, box: "mine", mailbox }, "replace");
  });
  const reopen = () => void act(() => house.api.reopen(mailbox), () => {
    house.say(t("Wieder geöffnet. Die Anfrage ist bei Ihnen."));
    house.router.go({ ...place, box: "mine", mailbox }, "replace");
  });

  const mine = contact !== null && contact.claimed_by?.id === member.id && !ended(contact);
  const held = contact !== null && contact.claimed_by !== null && !mine && !ended(contact);
  const closed = contact !== null && ended(contact);
  const writer = contact !== null ? keyring.writer(contact.team) : null;
  const answerable = thread !== null && thread.facts !== null && writer !== null;
  const handing = contact !== null && contact.handovers.some(({ stage }) => stage === "asked" || stage === "agreed" || stage === "offered");
  const late = contact !== null && (contact.state === "received" || contact.state === "claimed") && overdue(contact.answer_by);

  return (
    <section ref={section} class={`pane detail${writing === null ? "" : " writing"}`} aria-label={t("Anfrage {ref}", { ref: reference({ mailbox }) })}>
      <header class="detail-top">
        <button type="button" class="icon-button back" aria-label={t("Zurück zur Liste")} onClick={toList}><Icon name="back" /></button>
        <div>
          <ViewTitle focus={mailbox}>{t("Anfrage {ref}", { ref: reference({ mailbox }) })}</ViewTitle>
          {contact && <p class="under"><span class={`state ${mine ? "mine" : ""}`}>{stateName(contact, member.id)}</span> · {age(contact.received)}{contact.channel.startsWith("web") ? "" : ` · ${channelName(contact.channel)}`}</p>}
        </div>
        {contact?.urgent && <span class="badge urgent"><Icon name="alert" />{t("Dringend")}</span>}
      </header>
      <div class="detail-body" tabIndex={0} role="region" aria-label={t("Verlauf")}>
        {error !== "" && <Notice>{error} <button type="button" class="link" onClick={() => void load()}>{t("Noch einmal versuchen")}</button></Notice>}
        {contact === null && error === "" && <p class="soft pad" role="status">{t("Wird aufgeschlossen …")}</p>}
        {contact && thread && (
          <>
            <p class="dates">{teamName(directory, contact.team)} · {closed || (contact.state === "answered" && !contact.waiting) ? t("wird gelöscht am {day}", { day: day(contact.erase_on) }) : late ? <b class="late">{t("überfällig seit {day}", { day: day(contact.answer_by) })}</b> : t("Antwort bis {day}", { day: day(contact.answer_by) })}</p>
            <CallStrip mailbox={mailbox} />
            <CaseStrip contact={contact} />
            {contact.channel === "web_no_js" && <Notice kind="plain">{t("Ohne JavaScript geschrieben: Unser Server hat den Text für einen Moment gesehen und dann verschlossen.")}</Notice>}
            {thread.facts && <FactsCard facts={thread.facts} />}
            {thread.facts === null && <Notice kind="alarm">{t("Die erste Nachricht lässt sich nicht öffnen. Ohne sie fehlt der Schlüssel der Person, darum können Sie hier nicht antworten. Bitte sagen Sie Ihrer Leitung Bescheid.")}</Notice>}
            {thread.facts !== null && writer === null && <Notice>{t("Sie haben nicht den neuesten Schlüssel dieses Teams. Lesen geht, schreiben nicht. Bitte rufen Sie Ihre Leitung an.")}</Notice>}
            <HandoverCard contact={contact} thread={thread} mine={mine} act={act} busy={busy} />
            <Letters items={thread.items} contact={contact} facts={thread.facts} />
            {writing !== null && writer !== null && (writing === "note" || (mine && answerable)) && (
              <Composer key={writing} kind={writing} contact={contact} thread={thread} team={writer}
                onClose={() => setWriting(null)} onSent={() => { setWriting(null); house.say(writing === "answer" ? t("Verschlossen gesendet.") : t("Notiz gespeichert.")); void load(); void house.inbox.look(); }} />
            )}
          </>
        )}
      </div>
      {told !== "" && <div class="told"><Notice>{told}</Notice></div>}
      {contact && (
        <div class="actions" role="group" aria-label={t("Was jetzt?")}>
          {contact.state === "received" && <button type="button" class="main" aria-disabled={busy} onClick={claim}>{busy ? t("Wird übernommen …") : t("Ich übernehme")}</button>}
          {held && <p class="held">{t("{name} kümmert sich.", { name: contact.claimed_by?.name ?? "" })}</p>}
          {mine && writing !== "answer" && <button type="button" class="main" aria-disabled={!answerable} onClick={() => { if (answerable) setWriting("answer"); }}>{t("Antworten")}</button>}
          {closed && <button type="button" class="main" aria-disabled={busy} onClick={reopen}>{t("Wieder öffnen")}</button>}
          {writing === null && writer !== null && <button type="button" class="second wide-only" onClick={() => setWriting("note")}>{t("Notiz")}</button>}
          {writing === null && writer !== null && <button type="button" class="second wide-only" aria-haspopup="dialog" onClick={() => setDialog("flow")}>{t("Etwas weitergeben")}</button>}
          {mine && <button type="button" class="second wide-only" aria-disabled={busy} onClick={release}>{t("Zurückgeben")}</button>}
          {mine && <button type="button" class="second wide-only" onClick={() => setDialog("close")}>{t("Beenden")}</button>}
          {held && <button type="button" class="second wide-only" aria-haspopup="dialog" onClick={() => setDialog("take over")}>{t("Trotzdem übernehmen")}</button>}
          {(mine || writer !== null || !closed) && <button type="button" class="second more" aria-haspopup="dialog" aria-label={t("Mehr tun")} onClick={() => setDialog("more")}><Icon name="more" /></button>}
        </div>
      )}
      {dialog === "more" && (
        <Dialog title={t("Anfrage {ref}", { ref: reference({ mailbox }) })} onClose={() => setDialog(null)}>
          <ul class="menu">
            {writer !== null && <li><button type="button" onClick={() => { setDialog(null); setWriting("note"); }}><Icon name="note" />{t("Notiz fürs Team schreiben")}</button></li>}
            {writer !== null && <li><button type="button" onClick={() => setDialog("flow")}><Icon name="others" />{t("Etwas weitergeben …")}</button></li>}
            {held && <li><button type="button" onClick={() => setDialog("take over")}><Icon name="mine" />{t("Trotzdem übernehmen …")}</button></li>}
            {mine && answerable && !handing && <li><button type="button" onClick={() => setDialog("hand over")}><Icon name="handover" />{t("An ein anderes Team weitergeben …")}</button></li>}
            {!closed && <li><button type="button" onClick={() => setDialog("conflict")}><Icon name="person" />{t("Ich kenne die Person …")}</button></li>}
            {mine && <li><button type="button" onClick={() => { setDialog(null); release(); }}><Icon name="back" />{t("Zurückgeben")}</button></li>}
            {mine && <li><button type="button" onClick={() => setDialog("close")}><Icon name="closed" />{t("Beenden …")}</button></li>}
          </ul>
        </Dialog>
      )}
      {dialog === "take over" && contact && (
        <Dialog title={t("Von {name} übernehmen?", { name: contact.claimed_by?.name ?? "" })} onClose={() => setDialog(null)}>
          <p>{t("Sprechen Sie sich ab, wenn es geht. Gedacht ist das für den Fall, dass jemand krank oder nicht zu erreichen ist.")}</p>
          <div class="sheet-actions"><button type="button" class="main" aria-disabled={busy} onClick={takeOver}>{t("Ja, ich übernehme")}</button><button type="button" class="second" onClick={() => setDialog(null)}>{t("Abbrechen")}</button></div>
        </Dialog>
      )}
      {dialog === "flow" && contact && writer !== null && <FlowDialog contact={contact} team={writer} onClose={() => setDialog(null)} onLogged={() => void load()} />}
      {dialog === "hand over" && contact && thread?.facts && <HandoverDialog contact={contact} facts={thread.facts} busy={busy} onClose={() => setDialog(null)} act={async (work, after) => { setDialog(null); await act(work, after); }} />}
      {dialog === "conflict" && <ConflictDialog busy={busy} onClose={() => setDialog(null)} onYes={() => void act(() => house.handovers.know(mailbox), () => { setDialog(null); house.show(t("Sie sehen diese Anfrage nicht mehr. Das Team ist gefragt.")); gone(); })} />}
      {dialog === "close" && <CloseDialog busy={busy} drafted={house.drafts.read(mailbox, "answer") !== ""} countable={thread?.facts != null} onClose={() => setDialog(null)} onChosen={close} />}
    </section>
  );
}
