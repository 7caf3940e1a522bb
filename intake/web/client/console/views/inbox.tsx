/** The list. Only the pages near the screen are in the document; the others leave their height behind. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type ContactRow, MOST_COUNTED } from "../api.ts";
import { age, day, overdue } from "../clock.ts";
import { useConsole, useSession } from "../console.ts";
import { boxName, ended, reference, stateName, teamName } from "../labels.ts";
import type { Place } from "../router.ts";
import { useStore } from "../store.ts";
import { t, tn } from "../words.ts";
import { Icon, Notice, ViewTitle } from "./parts.tsx";

type ContactsPlace = Extract<Place, { section: "contacts" }>;

export function InboxView({ place }: { place: ContactsPlace }) {
  const house = useConsole();
  const { teams, directory, keyring } = useSession();
  const state = useStore(house.inbox.state);
  const scroller = useRef<HTMLElement>(null);
  const total = state.counts && state.counts[place.box] < MOST_COUNTED ? state.counts[place.box] : -1;
  const shut = teams.filter((team) => keyring.access.get(team) !== "open");

  useEffect(() => {
    house.inbox.atRest = () => (scroller.current?.scrollTop ?? 0) < 8 && !scroller.current?.contains(document.activeElement);
    return () => { house.inbox.atRest = () => true; };
  }, []);
  useEffect(() => { scroller.current?.scrollTo(0, 0); }, [place.box, state.team]);
  // Back from a contact: the focus returns to its row.
  const before = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (place.mailbox === null && before.current !== null) (document.getElementById(`row-${before.current}`) ?? scroller.current?.querySelector<HTMLElement>("h1"))?.focus();
    before.current = place.mailbox;
  }, [place.mailbox]);

  let position = 0;
  return (
    <section class="pane list" ref={scroller} aria-label={t("Anfragen")}>
      <div class="list-top">
        <ViewTitle level={place.mailbox === null ? 1 : 2} focus={place.box} quiet={place.mailbox !== null}>{boxName(place.box)}</ViewTitle>
        {teams.length > 1 && (
          <label class="filter"><span class="spoken">{t("Team")}</span>
            <select value={state.team ?? ""} onChange={(event) => void house.inbox.show(place.box, event.currentTarget.value || null)}>
              <option value="">{t("Alle meine Teams")}</option>
              {teams.map((team) => <option key={team} value={team}>{teamName(directory, team)}</option>)}
            </select></label>
        )}
      </div>
      {shut.length > 0 && <Notice kind="plain">{tn("Ein Team ist für Sie noch nicht freigegeben.", "{n} Teams sind für Sie noch nicht freigegeben.", shut.length)} <button type="button" class="link" onClick={() => house.router.go({ section: "account" })}>{t("Was jetzt zu tun ist")}</button></Notice>}
      {state.error !== null && <Notice>{state.error} <button type="button" class="link" onClick={() => void house.inbox.refresh()}>{t("Noch einmal versuchen")}</button></Notice>}
      {state.fresh > 0 && <button type="button" class={`fresh${state.freshUrgent ? " urgent" : ""}`} onClick={() => { scroller.current?.scrollTo(0, 0); void house.inbox.refresh(); }}>
        {state.freshUrgent && <Icon name="alert" />}{tn("{n} neue Anfrage zeigen", "{n} neue Anfragen zeigen", state.fresh)}</button>}
      {state.pages.length > 0 && state.pages[0]!.length > 0 && (
        <div role="list" class="rows" onKeyDown={walk}>
          {state.pages.map((rows, i) => {
            const first = position;
            position += rows.length;
            return <PageOfRows key={rows[0]?.mailbox ?? i} rows={rows} first={first} total={total} place={place} />;
          })}
        </div>
      )}
      {!state.loading && state.error === null && state.pages[0]?.length === 0 && <Empty box={place.box} />}
      {state.loading && state.pages.length === 0 && <p class="soft pad" role="status">{t("Wird geholt …")}</p>}
      {state.next !== null && <MoreRows key={state.next} />}
    </section>
  );
}

/** Arrow keys walk through the rows; Tab does, too. */
function walk(event: KeyboardEvent): void {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const list = event.currentTarget as HTMLElement;
  const rows = [...list.querySelectorAll<HTMLButtonElement>("button.row")];
  const next = rows[rows.indexOf(document.activeElement as HTMLButtonElement) + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function MoreRows() {
  const house = useConsole();
  const ref = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const observer = new IntersectionObserver((seen) => { if (seen.some((entry) => entry.isIntersecting)) void house.inbox.more(); }, { rootMargin: "600px" });
    if (ref.current) observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return <button ref={ref} type="button" class="second more-rows" onClick={() => void house.inbox.more()}>{t("Weitere laden")}</button>;
}

/** One page of fifty. Far from the screen it is only its height, unless the focus is in it. */
function PageOfRows({ rows, first, total, place }: { rows: readonly ContactRow[]; first: number; total: number; place: ContactsPlace }) {
  const ref = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState<number | null>(null);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new IntersectionObserver((seen) => {
      const near = seen[seen.length - 1]?.isIntersecting ?? true;
      setHeight(near || element.contains(document.activeElement) ? null : element.offsetHeight);
    }, { rootMargin: "1500px 0px" });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={ref} role="presentation" style={height === null ? { height: "" } : { height: `${height}px` }}>
      {height === null && rows.map((row, i) => <Row key={row.mailbox} row={row} index={first + i} total={total} place={place} />)}
    </div>
  );
}

function Row({ row, index, total, place }: { row: ContactRow; index: number; total: number; place: ContactsPlace }) {
  const house = useConsole();
  const { directory, member, teams } = useSession();
  useStore(house.drafts.texts);
  const late = !ended(row) && (row.state === "received" || row.state === "claimed") && overdue(row.answer_by);
  const drafted = house.drafts.has(row.mailbox);
  return (
    <div role="listitem" aria-posinset={index + 1} aria-setsize={total}>
      <button type="button" id={`row-${row.mailbox}`} class={`row${row.urgent ? " urgent" : ""}`} aria-current={place.mailbox === row.mailbox ? "true" : undefined}
        onClick={() => house.router.go({ ...place, mailbox: row.mailbox }, place.mailbox === null ? "push" : "replace")}>
        <span class="row-head">
          {row.urgent && <span class="badge urgent"><Icon name="alert" />{t("Dringend")}</span>}
          <b>{t("Anfrage {ref}", { ref: reference(row) })}</b>
          <span class="age">{age(row.received)}</span>
        </span>
        <span class="row-mid">{teams.length > 1 ? teamName(directory, row.team) : stateName(row, member.id)}</span>
        <span class="row-foot">
          {teams.length > 1 && place.box !== "new" && <span>{stateName(row, member.id)}</span>}
          {row.waiting && <span class="badge unread">{tn("{n} neue Nachricht", "{n} neue Nachrichten", row.unread)}</span>}
          {drafted && <span class="badge draft">{t("Entwurf")}</span>}
          {ended(row) ? <span>{t("wird gelöscht am {day}", { day: day(row.erase_on) })}</span>
            : late ? <span class="late">{t("überfällig seit {day}", { day: day(row.answer_by) })}</span>
            : row.state !== "answered" && <span>{t("Antwort bis {day}", { day: day(row.answer_by) })}</span>}
        </span>
      </button>
    </div>
  );
}

function Empty({ box }: { box: ContactsPlace["box"] }) {
  const text = {
    new: t("Nichts Neues. Was kommt, erscheint hier von selbst."),
    mine: t("Sie haben gerade keine Anfrage. Unter „Neu“ können Sie eine übernehmen."),
    waiting: t("Niemand wartet auf eine Antwort."),
    others: t("Niemand sonst im Team hat gerade eine Anfrage."),
    closed: t("Noch nichts beendet. Beendete Anfragen werden nach der Frist des Teams gelöscht."),
  }[box];
  return <div class="empty"><Icon name={box} /><p>{text}</p></div>;
}
