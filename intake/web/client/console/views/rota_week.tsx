/** One week of duty, day by day; swapping a duty, and being away. */
import { useState } from "preact/hooks";
import { useConsole, useSession } from "../console.ts";
import { placeName } from "../duty_labels.ts";
import { teamName } from "../labels.ts";
import type { Duty, Gap } from "../rota_api.ts";
import { now } from "../clock.ts";
import { t, tn } from "../words.ts";
import { at, clockChange, dateOf, dayName, later, longDay, monday, range, span, today, weekNumber } from "../zone.ts";
import { AbsenceDialog } from "./absence_dialog.tsx";
import { Dialog, Icon } from "./parts.tsx";
import { ProblemNotice, type Work } from "./rota.tsx";

const WEEKS = 8;

export function WeekPane({ work }: { work: Work }) {
  const { member } = useSession();
  const house = useConsole();
  const [week, setWeek] = useState(0);
  const [chosen, setChosen] = useState<Duty | null>(null);
  const [away, setAway] = useState(false);
  const { rota, outlook } = work;
  const start = later(monday(today()), week * 7);
  const days = Array.from({ length: 7 }, (_, n) => later(start, n)).filter((day) => day >= today());
  const offers = rota.plan.swaps.filter((swap) => swap.taken_by === null && swap.offered_by !== member.id && swap.day >= today());
  const dutyOf = (shift: string, day: string, person: string) => outlook.duties.find((duty) => duty.shift === shift && duty.day === day && duty.person?.id === person);
  return (
    <>
      <Mine duties={outlook.duties} me={member.id} />
      {chosen === null && !away && <ProblemNotice problem={work.problem} />}
      {offers.map((swap) => {
        const duty = dutyOf(swap.shift, swap.day, swap.offered_by);
        const id = `offer-${swap.shift}-${swap.day}`.replace(/\W/g, "-");
        return (
          <div key={id} class="card-box offer">
            <p id={id}><Icon name="swap" /><span><b>{t("{name} möchte tauschen", { name: work.name(swap.offered_by) })}</b><br />{longDay(swap.day)}{duty !== undefined && `, ${span(duty.start, duty.end)}`} · {swap.shift}</span></p>
            <button type="button" class="second" aria-describedby={id} aria-disabled={work.busy} onClick={() => void work.act(() => house.rota.takeSwap(rota.team, swap.shift, swap.day), t("Danke. Der Dienst ist jetzt Ihrer."))}>{t("Ich übernehme den Dienst")}</button>
          </div>
        );
      })}
      <div class="week-head">
        <button type="button" class="icon-button back" aria-label={t("Eine Woche zurück")} aria-disabled={week === 0} onClick={() => setWeek(Math.max(0, week - 1))}><Icon name="back" /></button>
        <h2 aria-live="polite">{week === 0 ? t("Diese Woche") : week === 1 ? t("Nächste Woche") : t("Woche {n}", { n: weekNumber(start) })}<small>{range(days[0] ?? start, later(start, 6))}</small></h2>
        <button type="button" class="icon-button next" aria-label={t("Eine Woche weiter")} aria-disabled={week === WEEKS - 1} onClick={() => setWeek(Math.min(WEEKS - 1, week + 1))}><Icon name="back" /></button>
      </div>
      <ol class="week">
        {days.map((day) => <Day key={day} day={day} work={work} me={member.id} onChoose={setChosen} />)}
      </ol>
      <div class="page-actions"><button type="button" class="main" onClick={() => setAway(true)}>{t("Abwesenheit eintragen")}</button></div>
      {chosen !== null && <SwapDialog duty={chosen} work={work} onClose={() => { work.forgive(); setChosen(null); }} />}
      {away && <AbsenceDialog work={work} onClose={() => { work.forgive(); setAway(false); }} />}
    </>
  );
}

/** When it is my turn, in one sentence. */
function Mine({ duties, me }: { duties: readonly Duty[]; me: string }) {
  const next = duties.filter(({ person, end }) => person?.id === me && new Date(end) > now()).sort((one, other) => one.start.localeCompare(other.start))[0];
  if (next === undefined) return <p class="soft mine-next">{t("In den nächsten 8 Wochen haben Sie keinen Dienst.")}</p>;
  if (new Date(next.start) <= now()) return <p class="mine-next on"><Icon name="bell" /><b>{t("Sie haben jetzt Dienst, bis {time}.", { time: at(next.end) })}</b></p>;
  return <p class="mine-next"><Icon name="clock" /><span>{t("Ihr nächster Dienst:")} <b>{dayName(dateOf(next.start))}, {span(next.start, next.end)}</b></span></p>;
}

function Day({ day, work, me, onChoose }: { day: string; work: Work; me: string; onChoose: (duty: Duty) => void }) {
  const { rota, outlook } = work;
  const duties = outlook.duties.filter(({ start, person }) => dateOf(start) === day && person !== null);
  const gaps = outlook.gaps.filter(({ start }) => dateOf(start) === day);
  const closed = rota.plan.closures.includes(day) || rota.plan.closed_yearly.includes(day.slice(5));
  const rows = [...duties.map((duty) => ({ start: duty.start, place: duty.place === "first" ? 1 : 2, duty, gap: null })), ...gaps.map((gap) => ({ start: gap.start, place: 0, duty: null, gap }))]
    .sort((one, other) => one.start.localeCompare(other.start) || one.place - other.place);
  return (
    <li class={`day${day === today() ? " today" : ""}`}>
      <h3>{dayName(day)}{day === today() && <span class="badge draft">{t("heute")}</span>}{closed && <span class="badge draft">{t("Schließtag")}</span>}</h3>
      {rows.length === 0 && <p class="soft small">{t("kein Dienst")}</p>}
      <ul>{rows.map(({ duty, gap }, i) => <li key={i}>{duty !== null ? <DutyRow duty={duty} work={work} me={me} onChoose={onChoose} /> : gap !== null ? <GapRow gap={gap} /> : null}</li>)}</ul>
    </li>
  );
}

function DutyRow({ duty, work, me, onChoose }: { duty: Duty; work: Work; me: string; onChoose: (duty: Duty) => void }) {
  const { person, place, reason, start, end } = duty;
  if (person === null) return null;
  const own = person.id === me;
  const offered = openOffer(work, duty);
  const planned = duty.planned === null ? null : work.name(duty.planned);
  const change = clockChange(start, end);
  const inside = (
    <>
      <span class="times">{span(start, end)}</span>
      <b><span>{own ? t("Sie") : person.name}</span></b>
      <span class="tags">
        {place === "second" && <span class="tag">{t("zweite Person")}</span>}
        {reason === "swap" && <span class="tag">{t("getauscht")}</span>}
        {reason === "substitute" && <span class="tag">{planned === null ? t("Vertretung") : t("für {name}", { name: planned })}</span>}
        {offered && <span class="tag warn">{t("Tausch gesucht")}</span>}
        {change !== 0 && <span class="tag">{change > 0 ? tn("Uhr wird zurückgestellt: {n} Stunde länger", "Uhr wird zurückgestellt: {n} Stunden länger", change) : tn("Uhr wird vorgestellt: {n} Stunde kürzer", "Uhr wird vorgestellt: {n} Stunden kürzer", -change)}</span>}
      </span>
    </>
  );
  // Only a duty that has not begun can be swapped.
  if ((own || offered) && new Date(start) > now()) return <button type="button" class={`turn${own ? " own" : ""}`} onClick={() => onChoose(duty)}>{inside}</button>;
  return <div class={`turn${own ? " own" : ""}`}>{inside}</div>;
}

function openOffer({ rota }: Work, { shift, day, person }: Duty): boolean {
  return rota.plan.swaps.some((swap) => swap.shift === shift && swap.day === day && swap.offered_by === person?.id && swap.taken_by === null);
}

export function GapRow({ gap }: { gap: Gap }) {
  const { directory } = useSession();
  return (
    <div class={`turn gap${gap.deputy === null ? "" : " covered"}`}>
      <span class="times">{span(gap.start, gap.end)}</span>
      <b><Icon name={gap.deputy === null ? "alert" : "check"} /><span>{gap.deputy === null ? t("niemand") : teamName(directory, gap.deputy)}</span></b>
      <span class="tags">{gap.missing.length > 0 && <span class="tag">{t("abwesend: {names}", { names: gap.missing.join(", ") })}</span>}</span>
    </div>
  );
}

function SwapDialog({ duty, work, onClose }: { duty: Duty; work: Work; onClose: () => void }) {
  const house = useConsole();
  const { member } = useSession();
  const { team } = work.rota;
  const own = duty.person?.id === member.id;
  const offered = openOffer(work, duty);
  const then = (doing: Promise<boolean>) => void doing.then((stored) => { if (stored) onClose(); });
  return (
    <Dialog title={t("Dienst tauschen")} onClose={onClose}>
      <ProblemNotice problem={work.problem} />
      <dl class="ways">
        <div><dt>{t("Tag")}</dt><dd>{longDay(dateOf(duty.start))}</dd></div>
        <div><dt>{t("Zeit")}</dt><dd>{span(duty.start, duty.end)}</dd></div>
        <div><dt>{t("Schicht")}</dt><dd>{duty.shift} · {placeName(duty.place)}</dd></div>
        {!own && <div><dt>{t("Jetzt")}</dt><dd>{duty.person?.name}</dd></div>}
      </dl>
      <p class="soft">{own ? offered ? t("Sie suchen jemanden für diesen Dienst. Bis jemand übernimmt, haben Sie ihn.") : t("Ihr Team sieht dann, dass Sie jemanden suchen. Bis jemand übernimmt, haben Sie den Dienst.") : t("{name} sucht jemanden für diesen Dienst.", { name: duty.person?.name ?? "" })}</p>
      <div class="sheet-actions">
        {own && !offered && <button type="button" class="main" aria-disabled={work.busy} onClick={() => then(work.act(() => house.rota.offerSwap(team, duty.shift, duty.day), t("Ihr Team sieht jetzt, dass Sie tauschen möchten.")))}>{t("Tausch anbieten")}</button>}
        {own && offered && <button type="button" class="main" aria-disabled={work.busy} onClick={() => then(work.act(() => house.rota.withdrawSwap(team, duty.shift, duty.day), t("Zurückgezogen. Der Dienst bleibt Ihrer.")))}>{t("Doch nicht tauschen")}</button>}
        {!own && offered && <button type="button" class="main" aria-disabled={work.busy} onClick={() => then(work.act(() => house.rota.takeSwap(team, duty.shift, duty.day), t("Danke. Der Dienst ist jetzt Ihrer.")))}>{t("Ich übernehme den Dienst")}</button>}
        <button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button>
      </div>
    </Dialog>
  );
}

