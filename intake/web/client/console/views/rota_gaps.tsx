/** Where nobody stands in the next eight weeks, and where too many do. */
import type { Gap } from "../rota_api.ts";
import { placeName } from "../duty_labels.ts";
import { t, tn } from "../words.ts";
import { dateOf, dayName, later, length, monday, range, shortDay, span, today, weekNumber } from "../zone.ts";
import { Icon, Notice } from "./parts.tsx";
import { GapRow } from "./rota_week.tsx";
import type { Work } from "./rota.tsx";

const DAYS = 56;

export function GapsPane({ work }: { work: Work }) {
  const { gaps, overlaps } = work.outlook;
  const end = later(today(), DAYS);
  const open = gaps.filter(({ deputy }) => deputy === null);
  const weeks = new Map<string, Gap[]>();
  for (const gap of gaps) {
    const week = monday(dateOf(gap.start));
    weeks.set(week, [...(weeks.get(week) ?? []), gap]);
  }
  return (
    <>
      <h2 class="first">{t("Lücken in den nächsten 8 Wochen")}</h2>
      {gaps.length === 0 && work.rota.plan.shifts.length > 0 && <Notice kind="ok">{t("Keine. Bis zum {day} steht immer jemand im Plan.", { day: shortDay(end) })}</Notice>}
      {work.rota.plan.shifts.length === 0 && <Notice kind="plain">{t("Es gibt noch keinen Dienstplan. Legen Sie unter „Plan“ die erste Schicht an.")}</Notice>}
      {gaps.length > 0 && <p class="soft">{open.length > 0 ? t("In diesen Zeiten antwortet niemand aus Ihrem Team. Ein Alarm geht dann gleich an die Nächsten.") : t("In diesen Zeiten antwortet das Vertretungsteam.")}</p>}
      {[...weeks].map(([week, found]) => (
        <section key={week} class="gap-week">
          <h3>{t("Woche {n}", { n: weekNumber(week) })} <small>{range(week, later(week, 6))} · {tn("{n} Lücke", "{n} Lücken", found.length)}</small></h3>
          <ul>{found.map((gap) => <li key={gap.start}><span class="gap-day">{dayName(dateOf(gap.start))} <small>{length(gap.start, gap.end)}</small></span><GapRow gap={gap} /></li>)}</ul>
        </section>
      ))}
      {overlaps.length > 0 && (
        <>
          <h2>{t("Doppelt besetzt")}</h2>
          <p class="soft">{t("Das ist erlaubt. Vielleicht ist es aber ein Versehen.")}</p>
          <ul class="gap-week">{overlaps.map((one, i) => (
            <li key={i}><span class="gap-day">{dayName(dateOf(one.start))}</span>
              <div class="turn"><span class="times">{span(one.start, one.end)}</span><b><Icon name="others" />{one.people.map(work.name).join(", ")}</b><span class="tags"><span class="tag">{one.place === null ? t("als erste und als zweite Person") : placeName(one.place)}</span></span></div></li>
          ))}</ul>
        </>
      )}
    </>
  );
}
