/** The frame: which view is drawn, and the navigation around it. */
import { render } from "preact";
import { useEffect, useLayoutEffect } from "preact/hooks";
import { type Box, MOST_COUNTED } from "../api.ts";
import { type Console, ConsoleContext, useConsole } from "../console.ts";
import { boxName } from "../labels.ts";
import type { Place } from "../router.ts";
import { useStore } from "../store.ts";
import { t, tn } from "../words.ts";
import { AccountView } from "./account.tsx";
import { AgendaView } from "./agenda.tsx";
import { AlertsView, AlertStrip } from "./alerts.tsx";
import { BlocksView } from "./blocks.tsx";
import { CallView } from "./call.tsx";
import { CallbacksView } from "./callbacks.tsx";
import { CaseView } from "./case.tsx";
import { CasesView } from "./cases.tsx";
import { ContactView } from "./contact.tsx";
import { EnrolView } from "./enrol.tsx";
import { InboxView } from "./inbox.tsx";
import { ExitButton, LockButton, LockWarning } from "./lock_bar.tsx";
import { LoginView } from "./login.tsx";
import { MenuButton } from "./menu.tsx";
import { Brand, Icon, type IconName, Toasts } from "./parts.tsx";
import { OfferStrip, OffersView } from "./offers.tsx";
import { PeopleView } from "./people.tsx";
import { PhonesView } from "./phones.tsx";
import { RotaView } from "./rota.tsx";
import { VisitsView } from "./visits.tsx";
import { StatisticsView } from "./statistics.tsx";
import { SecondView } from "./second.tsx";

const BOXES: readonly Box[] = ["new", "mine", "waiting", "others", "closed"];

/** The other rooms of the console, beside the boxes. Later ones (duty, visits, callbacks, cases, coordination) take their place here. */
export const SECTIONS: readonly { readonly place: Place; readonly icon: IconName; readonly name: () => string }[] = [
  { place: { section: "contacts", box: "others", mailbox: null }, icon: "others", name: () => t("Anfragen bei anderen") },
  { place: { section: "agenda" }, icon: "day", name: () => t("Tag und Woche") },
  { place: { section: "callbacks", mailbox: null }, icon: "call", name: () => t("Rückrufe") },
  { place: { section: "cases", mailbox: null }, icon: "case", name: () => t("Beratungen") },
  { place: { section: "alerts" }, icon: "bell", name: () => t("Alarme") },
  { place: { section: "rota", tab: "week" }, icon: "calendar", name: () => t("Dienstplan") },
  { place: { section: "visits" }, icon: "walk", name: () => t("Außentermine") },
  { place: { section: "phones" }, icon: "phone", name: () => t("Diensthandys") },
  { place: { section: "offers" }, icon: "handover", name: () => t("Angebote") },
  { place: { section: "people" }, icon: "team", name: () => t("Wer hier liest") },
  { place: { section: "blocks" }, icon: "blocks", name: () => t("Textbausteine") },
  { place: { section: "statistics" }, icon: "chart", name: () => t("Zahlen") },
  { place: { section: "account" }, icon: "person", name: () => t("Mein Zugang") },
];

export function start(house: Console, into: HTMLElement): void {
  const invited = /^#einladung(?:=(.*))?$/.exec(location.hash);
  if (invited) {
    history.replaceState(0, "", location.pathname + location.search); // the code does not stay in the address bar
    house.session.phase.set({ name: "enrol", code: decodeCode(invited[1]) });
  }
  render(<ConsoleContext.Provider value={house}><App /></ConsoleContext.Provider>, into);
}

function decodeCode(given = ""): string {
  try {
    return decodeURIComponent(given);
  } catch {
    return "";
  }
}

function App() {
  const house = useConsole();
  const phase = useStore(house.session.phase);
  switch (phase.name) {
    case "login": return <LoginView key="login" locked={null} />;
    case "locked": return <LoginView key="locked" locked={phase} />;
    case "second": return <SecondView phase={phase} />;
    case "enrol": return <EnrolView code={phase.code} />;
    case "open": return <Shell />;
  }
}

function Shell() {
  const house = useConsole();
  const place = useStore(house.router.place);
  const { counts, team } = useStore(house.inbox.state);
  const detail = place.section === "contacts" && place.mailbox !== null;
  const box = place.section === "contacts" ? place.box : null;

  useLayoutEffect(() => {
    if (box !== null && (house.inbox.state.get().box !== box || house.inbox.state.get().pages.length === 0)) void house.inbox.show(box, team);
  }, [box]);
  useEffect(() => {
    document.title = counts && counts.new > 0 ? `(${counts.new}) ${t("Kontakt")}` : t("Kontakt");
  }, [counts]);

  return (
    <div class={`shell ${detail ? "at-detail" : "at-list"} in-${place.section}`}>
      <a class="skip" href="#inhalt" onClick={(event) => { event.preventDefault(); document.getElementById("inhalt")?.focus(); }}>{t("Zum Inhalt")}</a>
      <header class="top">
        <Brand />
        <span class="gap" />
        <LockButton /><ExitButton />
      </header>
      <AlertStrip />
      <OfferStrip />
      <nav class="bar" aria-label={t("Bereiche")}>
        {BOXES.map((each) => (
          <button type="button" key={each} class={each === "others" ? "rail-only" : undefined} aria-current={box === each ? "page" : undefined} onClick={() => house.router.go({ section: "contacts", box: each, mailbox: null })}>
            <Icon name={each} /><span class="name">{boxName(each)}</span>
            {counts && each !== "closed" && counts[each] > 0 && <Count n={counts[each]} />}
          </button>
        ))}
        <span class="rail-gap" />
        {SECTIONS.filter(({ place: { section } }) => section !== "contacts").map((section) => (
          <button type="button" key={section.icon} class="rail-only" aria-current={place.section === section.place.section ? "page" : undefined} onClick={() => house.router.go(section.place)}>
            <Icon name={section.icon} /><span class="name">{section.name()}</span>
          </button>
        ))}
        <MenuButton sections={SECTIONS} />
      </nav>
      <main id="inhalt" tabIndex={-1}>
        {place.section === "contacts" && <><InboxView place={place} />{place.mailbox !== null ? <ContactView key={place.mailbox} place={place} mailbox={place.mailbox} /> : <Nothing />}</>}
        {place.section === "callbacks" && (place.mailbox === null ? <CallbacksView /> : <CallView key={place.mailbox} mailbox={place.mailbox} />)}
        {place.section === "cases" && (place.mailbox === null ? <CasesView /> : <CaseView key={place.mailbox} mailbox={place.mailbox} />)}
        {place.section === "agenda" && <AgendaView />}
        {place.section === "alerts" && <AlertsView />}
        {place.section === "rota" && <RotaView tab={place.tab} />}
        {place.section === "phones" && <PhonesView />}
        {place.section === "visits" && <VisitsView />}
        {place.section === "offers" && <OffersView />}
        {place.section === "people" && <PeopleView />}
        {place.section === "blocks" && <BlocksView />}
        {place.section === "statistics" && <StatisticsView />}
        {place.section === "account" && <AccountView />}
      </main>
      <LockWarning />
      <Toasts />
    </div>
  );
}

function Count({ n }: { n: number }) {
  return <span class="count"><span aria-hidden="true">{n >= MOST_COUNTED ? `${MOST_COUNTED - 1}+` : n}</span><span class="spoken">{tn("{n} Anfrage", "{n} Anfragen", n)}</span></span>;
}

function Nothing() {
  return <div class="pane detail empty-detail"><p>{t("Wählen Sie links eine Anfrage.")}</p></div>;
}
