/** What the day and the week bring, in one list for one thumb: contact appointments, callbacks, field visits, duty. */
import { useEffect, useState } from "preact/hooks";
import type { DayItem } from "../appointments_api.ts";
import { itemState, whatWord } from "../agenda_labels.ts";
import { ApiError } from "../api.ts";
import { now } from "../clock.ts";
import { useConsole, useSession } from "../console.ts";
import { failure } from "../faults.ts";
import { reference, teamName } from "../labels.ts";
import type { Place } from "../router.ts";
import { useStore } from "../store.ts";
import { t } from "../words.ts";
import { dateOf, later, longDay, monday, range, span, timeOf, today } from "../zone.ts";
import { Icon, type IconName, Notice, ViewTitle } from "./parts.tsx";

const LOOK_EVERY_MS = 30_000;
const ICONS: Readonly<Record<DayItem["what"], IconName>> = { appointment: "day", callback: "call", visit: "walk", duty: "calendar" };

export function AgendaView() {
  const house = useConsole();
  const { teams } = useSession();
  const { week, day: picked, onlyMine } = useStore(house.agenda.looked);
  const day = picked ?? today();
  const [error, setError] = useState("");
  const [offline, setOffline] = useState(false);
  const first = week ? monday(day) : day;
  const days = week ? 7 : 1;
  useStore(house.agenda.seen);
  const seen = house.agenda.find(first, days);

  const load = async () => {
    try {
      const items = await Promise.all(teams.map((team) => house.appointments.agenda(team, first, days)));
      house.agenda.keep({ first, days, items: items.flat().sort((one, other) => (one.start < other.start ? -1 : Number(one.start > other.start))), at: now().toISOString() });
      setError("");
      setOffline(false);
    } catch (problem) {
      const gone = problem instanceof ApiError && problem.status === 0;
      setOffline(gone);
      setError(gone && house.agenda.find(first, days) !== null ? "" : failure(problem));
    }
  };
  useEffect(() => {
    void load();
    const timer = setInterval(() => void load(), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [first, days]);

  const items = seen?.items.filter((item) => !onlyMine || item.mine) ?? [];
  const shownDays = Array.from({ length: days }, (_, n) => later(first, n));
  const title = week ? range(first, later(first, 6)) : day === today() ? t("Heute") : longDay(day);
  return (
    <section class="pane page duty agenda">
      <ViewTitle focus="agenda">{t("Tag und Woche")}</ViewTitle>
      <div class="tabs two" role="group" aria-label={t("Wie viel?")}>
        <button type="button" aria-pressed={!week} onClick={() => house.agenda.looked.change({ week: false })}>{t("Tag")}</button>
        <button type="button" aria-pressed={week} onClick={() => house.agenda.looked.change({ week: true })}>{t("Woche")}</button>
      </div>
      <div class="week-head">
        <button type="button" class="icon-button" aria-label={week ? t("Woche davor") : t("Tag davor")} onClick={() => house.agenda.looked.change({ day: later(day, -days) })}><Icon name="back" /></button>
        <h2>{title}{!week && day === today() && <small>{longDay(day)}</small>}</h2>
        <button type="button" class="icon-button next" aria-label={week ? t("Woche danach") : t("Tag danach")} onClick={() => house.agenda.looked.change({ day: later(day, days) })}><Icon name="back" /></button>
      </div>
      {day !== today() && <button type="button" class="link" onClick={() => house.agenda.looked.change({ day: null })}>{t("Zurück zu heute")}</button>}
      <label class="pick only-mine"><input type="checkbox" checked={onlyMine} onChange={(event) => house.agenda.looked.change({ onlyMine: event.currentTarget.checked })} /><span>{t("Nur, was mich betrifft")}</span></label>
      {error !== "" && <Notice>{error} <button type="button" class="link" onClick={() => void load()}>{t("Noch einmal versuchen")}</button></Notice>}
      {offline && seen !== null && <Notice>{t("Kein Netz. Das ist der Stand von {time}. Er liegt nur im Speicher und geht mit dem Sperren verloren.", { time: timeOf(seen.at) })}</Notice>}
      {seen === null && error === "" && <p role="status">{t("Wird geladen …")}</p>}
      {seen !== null && shownDays.map((one) => {
        const here = items.filter((item) => (dateOf(item.start) < first ? first : dateOf(item.start)) === one); // a night duty of yesterday stands on top
        if (week && here.length === 0) return null;
        return (
          <div key={one}>
            {week && <h3 class="gap-day">{one === today() ? t("Heute") : longDay(one)}</h3>}
            {here.length === 0 && <p class="soft">{t("An diesem Tag steht nichts an.")}</p>}
            <ul class="cards">{here.map((item) => <li key={`${item.what} ${item.team} ${item.id} ${item.start}`}><Entry item={item} /></li>)}</ul>
          </div>
        );
      })}
      {seen !== null && week && items.length === 0 && <p class="soft">{t("In dieser Woche steht nichts an.")}</p>}
    </section>
  );
}

function placeOf({ what, id }: DayItem): Place {
  switch (what) {
    case "appointment": return { section: "cases", mailbox: id };
    case "callback": return { section: "callbacks", mailbox: id };
    case "visit": return { section: "visits" };
    case "duty": return { section: "rota", tab: "week" };
  }
}

function Entry({ item }: { item: DayItem }) {
  const house = useConsole();
  const { teams, directory } = useSession();
  const state = itemState(item);
  const name = item.what === "duty" ? `${whatWord(item.what)} ${item.id}` : whatWord(item.what);
  const urgent = item.state === "overdue" || item.state === "open" || item.state === "wished" || item.state === "due";
  return (
    <button type="button" class={`card-box agenda-item${item.mine ? " yours" : ""}`} onClick={() => house.router.go(placeOf(item))}>
      <Icon name={ICONS[item.what]} />
      <span>
        <b>{span(item.start, item.end)}</b>
        <span>{name}{(item.what === "appointment" || item.what === "callback") && ` · ${reference({ mailbox: item.id })}`}</span>
        {(item.people.length > 0 || teams.length > 1) && <span class="soft small">{[item.people.map((one) => one.name).join(", "), teams.length > 1 ? teamName(directory, item.team) : ""].filter(Boolean).join(" · ")}</span>}
        {state !== "" && <span class={urgent ? "way late" : "soft small"}>{state}</span>}
      </span>
    </button>
  );
}
