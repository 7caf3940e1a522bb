/** The plan itself: shifts, absences, closure days, night duty, the team that answers for us, and the own calendar. */
import { useState } from "preact/hooks";
import { useConsole, useSession } from "../console.ts";
import { placeName } from "../duty_labels.ts";
import { teamName } from "../labels.ts";
import { type Absence, type Agreement, type Plan, type Shift, timesInWords } from "../plan.ts";
import { t, tn } from "../words.ts";
import { at, dayName, later, range, shortDay, today } from "../zone.ts";
import { AbsenceDialog } from "./absence_dialog.tsx";
import { AgreementDialog } from "./agreement_dialog.tsx";
import { CalendarCard } from "./calendar_card.tsx";
import { ClosuresDialog } from "./closures_dialog.tsx";
import { Icon, Notice } from "./parts.tsx";
import { ProblemNotice, type Work } from "./rota.tsx";
import { ShiftDialog } from "./shift_dialog.tsx";

type Open = { readonly what: "shift"; readonly shift: Shift | null } | { readonly what: "absence" | "closures" | "agreement" } | null;

export function PlanPane({ work }: { work: Work }) {
  const house = useConsole();
  const { member, directory } = useSession();
  const [open, setOpen] = useState<Open>(null);
  const { rota } = work;
  const { plan, may_edit: may } = rota;
  const close = () => { work.forgive(); setOpen(null); };
  const absences = plan.absences.filter(({ last }) => last >= today()).sort((one, other) => one.first.localeCompare(other.first));
  return (
    <>
      {open === null && <ProblemNotice problem={work.problem} />}
      {rota.faults.length > 0 && <Notice>{t("Am Plan stimmt etwas nicht:")}<ul class="dots">{rota.faults.map((one) => <li key={one}>{one}</li>)}</ul></Notice>}
      {!may && <Notice kind="plain">{t("Den Plan ändert Ihre Leitung. Abwesenheiten und Tausche tragen Sie selbst ein.")}</Notice>}

      <h2 class="first">{t("Schichten")}</h2>
      {plan.shifts.length === 0 && <div class="empty"><Icon name="clock" /><p>{t("Noch keine. Fangen Sie mit der Zeit an, in der bei Ihnen immer jemand ist.")}</p></div>}
      <ul class="block-list">
        {plan.shifts.map((shift) => <li key={shift.id}>{may ? <button type="button" onClick={() => setOpen({ what: "shift", shift })}><ShiftSummary shift={shift} work={work} /></button> : <div class="block-still"><ShiftSummary shift={shift} work={work} /></div>}</li>)}
      </ul>
      {may && <button type="button" class="main" onClick={() => setOpen({ what: "shift", shift: null })}><Icon name="plus" />{t("Neue Schicht")}</button>}

      <h2>{t("Abwesenheiten")}</h2>
      {absences.length === 0 && <p class="soft">{t("Niemand ist abwesend eingetragen.")}</p>}
      <ul class="lines">
        {absences.map((absence) => <li key={`${absence.person}-${absence.first}-${absence.last}`}>
          <AbsenceLine absence={absence} work={work} />
          {(may || absence.person === member.id) && <button type="button" class="icon-button" aria-label={t("Streichen: {what}", { what: `${work.name(absence.person)}, ${shortDay(absence.first)}` })} onClick={() => void work.act(() => house.rota.withdrawAbsence(rota.team, absence.person, absence.first, absence.last), t("Gestrichen."))}><Icon name="exit" /></button>}
        </li>)}
      </ul>
      <button type="button" class="second" onClick={() => setOpen({ what: "absence" })}><Icon name="plus" />{t("Abwesenheit eintragen")}</button>

      <h2>{t("Schließtage und Feiertage")}</h2>
      <p>{closuresInWords(plan)}</p>
      <p class="soft small">{t("Die gesetzlichen Feiertage Ihres Landes sind schon berücksichtigt.")}{plan.catholic && <> {t("Auch die in katholischen Gemeinden.")}</>}</p>
      {may && <button type="button" class="second" onClick={() => setOpen({ what: "closures" })}>{t("Schließtage ändern")}</button>}

      <h2>{t("Nachts")}</h2>
      {rota.night_promised ? <p>{t("Im Verzeichnis ist Nachtdienst versprochen. Deshalb soll zu jeder Stunde jemand im Plan stehen, und dringende Anfragen klingeln auch nachts.")}</p> : may ? (
        <label class="pick"><input type="checkbox" checked={plan.night_duty} disabled={work.busy} onChange={(event) => { const on = event.currentTarget.checked; void work.save((now) => ({ ...now, night_duty: on }), on ? t("Der Nachtdienst ist eingeschaltet.") : t("Der Nachtdienst ist ausgeschaltet.")); }} />
          <span><b>{t("Nachtdienst")}</b><br /><span class="soft small">{t("Zu jeder Stunde soll jemand im Plan stehen, und dringende Anfragen klingeln auch nachts. Ohne Nachtdienst klingeln sie beim Vertretungsteam; gibt es keines, erst wenn Ihr Team öffnet oder die nächste Schicht beginnt.")}</span></span></label>
      ) : <p>{plan.night_duty ? t("Zu jeder Stunde soll jemand im Plan stehen.") : t("Kein Nachtdienst: Dringende Anfragen klingeln nachts beim Vertretungsteam. Gibt es keines, klingeln sie, wenn das Team öffnet oder die nächste Schicht beginnt.")}</p>}

      <h2>{t("Vertretungsteam")}</h2>
      {plan.agreements.length === 0 && <p class="soft">{t("Keines vereinbart. Wenn bei Ihnen niemand ist, geht ein Alarm gleich an die Leitung und die Landeskoordination.")}</p>}
      <ul class="lines">
        {plan.agreements.map((one, i) => <li key={i}><span><b>{teamName(directory, one.team)}</b><br /><span class="soft small">{agreementInWords(one)}</span></span>
          {may && <button type="button" class="icon-button" aria-label={t("Streichen: {what}", { what: teamName(directory, one.team) })} onClick={() => void work.save((now) => ({ ...now, agreements: now.agreements.filter((each) => JSON.stringify(each) !== JSON.stringify(one)) }), t("Gestrichen."))}><Icon name="exit" /></button>}</li>)}
      </ul>
      {may && <button type="button" class="second" onClick={() => setOpen({ what: "agreement" })}><Icon name="plus" />{t("Vertretung vereinbaren")}</button>}

      <CalendarCard team={rota.team} />
      {rota.changed_by !== "" && rota.changed_at !== null && <p class="soft small changed">{t("Zuletzt geändert von {name}, {when}.", { name: rota.changed_by, when: at(rota.changed_at) })}</p>}

      {open?.what === "shift" && <ShiftDialog shift={open.shift} work={work} onClose={close} />}
      {open?.what === "absence" && <AbsenceDialog work={work} onClose={close} />}
      {open?.what === "closures" && <ClosuresDialog work={work} onClose={close} />}
      {open?.what === "agreement" && <AgreementDialog work={work} onClose={close} />}
    </>
  );
}

function ShiftSummary({ shift, work }: { shift: Shift; work: Work }) {
  const people = shift.people.map((person) => (person === null ? t("niemand") : work.name(person)));
  const turns = people.length < 2 ? "" : tn("Wechsel jede Woche", "Wechsel alle {n} Wochen", shift.weeks_each);
  const ended = shift.until !== null && shift.until < today();
  return (
    <>
      <span class="shift-head"><b>{shift.id}</b>{shift.place === "second" && <span class="tag">{placeName("second")}</span>}{shift.on_days_off && <span class="tag">{t("auch an Feiertagen")}</span>}{ended && <span class="tag">{t("vorbei")}</span>}{shift.since > today() && <span class="tag">{t("ab {day}", { day: shortDay(shift.since) })}</span>}</span>
      {timesInWords(shift.blocks).map((times) => <span key={times} class="shift-times">{times}</span>)}
      <span class="shift-people">{people.join(" → ")}{turns !== "" && ` · ${turns}`}</span>
    </>
  );
}

function AbsenceLine({ absence, work }: { absence: Absence; work: Work }) {
  const days = absence.first === absence.last ? dayName(absence.first) : range(absence.first, absence.last);
  return <span><b>{work.name(absence.person)}</b> {days}<br /><span class="soft small">{absence.substitute === null ? t("Noch niemand vertritt.") : t("{name} vertritt.", { name: work.name(absence.substitute) })}</span></span>;
}

/** Days that follow each other are told as one stretch. */
export function stretches(days: readonly string[]): { readonly first: string; readonly last: string }[] {
  const found: { first: string; last: string }[] = [];
  for (const day of [...days].sort()) {
    const last = found[found.length - 1];
    if (last !== undefined && later(last.last, 1) === day) last.last = day;
    else found.push({ first: day, last: day });
  }
  return found;
}

export function stretchInWords({ first, last }: { readonly first: string; readonly last: string }): string {
  return first === last ? dayName(first) : range(first, last);
}

export function yearlyInWords(day: string): string {
  return t("jedes Jahr am {day}", { day: shortDay(`2024-${day}`) });
}

function closuresInWords(plan: Plan): string {
  const said = [...stretches(plan.closures.filter((day) => day >= today())).map(stretchInWords), ...[...plan.closed_yearly].sort().map(yearlyInWords)];
  return said.length === 0 ? t("Keine eigenen Schließtage.") : said.join(" · ");
}

function agreementInWords(one: Agreement): string {
  const when = one.last === null ? t("ab {day}", { day: shortDay(one.first) }) : range(one.first, one.last);
  return one.hours === null ? t("{when}, zu jeder Zeit, in der bei uns niemand ist", { when }) : `${when}: ${timesInWords(one.hours).join(", ")}`;
}

