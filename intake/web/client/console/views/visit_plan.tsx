/** Planning a field visit. What stands on the sheet is sealed here; the server learns times and colleagues, nothing else. */
import { useEffect, useState } from "preact/hooks";
import { now } from "../clock.ts";
import { useConsole, useSession } from "../console.ts";
import { failure } from "../faults.ts";
import type { Colleague } from "../rota_api.ts";
import { purposeName } from "../visit_labels.ts";
import type { SheetFields, VisitPlan } from "../visits_api.ts";
import { t } from "../words.ts";
import { instantOf, later, timeOf, today } from "../zone.ts";
import { Dialog, Notice } from "./parts.tsx";

const EMPTY: SheetFields = { place: "", person: "", car: "", code_word: "", more: "" };
const PURPOSES: readonly VisitPlan["purpose"][] = ["visit", "home", "office"];

export function VisitPlanDialog({ team, onClose, onDone }: { team: string; onClose: () => void; onDone: () => void }) {
  const house = useConsole();
  const { member, keyring } = useSession();
  const [people, setPeople] = useState<readonly Colleague[]>([]);
  const [purpose, setPurpose] = useState<VisitPlan["purpose"]>("visit");
  const [day, setDay] = useState(today());
  const [begins, setBegins] = useState(timeOf(now()));
  const [ends, setEnds] = useState(timeOf(new Date(now().getTime() + 5_400_000)));
  const [companion, setCompanion] = useState("");
  const [every, setEvery] = useState("");
  const [fields, setFields] = useState<SheetFields>(EMPTY);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => void house.rota.rota(team).then((rota) => setPeople(rota.people.filter(({ id }) => id !== member.id)), () => setPeople([])), []);
  const write = (change: Partial<SheetFields>) => setFields({ ...fields, ...change });

  const save = async () => {
    if (busy) return;
    if (begins === "" || ends === "") return setError(t("Von wann bis wann?"));
    setBusy(true);
    setError("");
    const until = instantOf(ends > begins ? day : later(day, 1), ends);
    try {
      await house.visits.plan(team, { begins: instantOf(day, begins), until, companion: companion === "" ? null : companion, purpose, every: every === "" ? null : Number(every) }, fields, keyring, member.name, now());
      house.show(t("Geplant. Der Funktionstest kommt auf Ihr Diensthandy."));
      onDone();
    } catch (problem) {
      setError(failure(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("Außentermin planen")} wide onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); void save(); }}>
        {error !== "" && <Notice>{error}</Notice>}
        <label class="field"><span>{t("Was?")}</span><select value={purpose} onChange={(event) => setPurpose(event.currentTarget.value as VisitPlan["purpose"])}>{PURPOSES.map((one) => <option key={one} value={one}>{purposeName(one)}</option>)}</select></label>
        <label class="field"><span>{t("Tag")}</span><input type="date" value={day} min={today()} onInput={(event) => setDay(event.currentTarget.value)} /></label>
        <div class="pair">
          <label class="field"><span>{t("Von")}</span><input type="time" value={begins} onInput={(event) => setBegins(event.currentTarget.value)} /></label>
          <label class="field"><span>{t("Bis")}</span><input type="time" value={ends} onInput={(event) => setEnds(event.currentTarget.value)} /></label>
        </div>
        <label class="field"><span>{t("Zweite Begleitung")}</span><select value={companion} onChange={(event) => setCompanion(event.currentTarget.value)}><option value="">{t("Niemand: gleich die Rufbereitschaft")}</option>{people.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}</select></label>
        <label class="field"><span>{t("Rückmeldungen")}</span><select value={every} onChange={(event) => setEvery(event.currentTarget.value)}><option value="">{t("Einmal, am Ende")}</option>{[30, 60, 120].map((n) => <option key={n} value={n}>{t("Alle {n} Minuten", { n })}</option>)}</select></label>
        {purpose === "visit" && (
          <fieldset>
            <legend>{t("Besuchszettel (verschlossen)")}</legend>
            <p class="small soft">{t("Der Server kann ihn nicht lesen. Er gibt ihn erst heraus, wenn Sie sich nicht melden und die Leitung gerufen ist. Wer im Team einen Schlüssel und Zugriff auf den Server hat, könnte ihn früher öffnen.")}</p>
            <label class="field"><span>{t("Wo?")}</span><textarea rows={2} maxLength={2000} autocomplete="off" value={fields.place} onInput={(event) => write({ place: event.currentTarget.value })} /></label>
            <label class="field"><span>{t("Bei wem?")}</span><textarea rows={2} maxLength={2000} autocomplete="off" value={fields.person} onInput={(event) => write({ person: event.currentTarget.value })} /></label>
            <label class="field"><span>{t("Auto")}</span><input type="text" maxLength={300} autocomplete="off" value={fields.car} onInput={(event) => write({ car: event.currentTarget.value })} /></label>
            <label class="field"><span>{t("Deckwort")}</span><input type="text" maxLength={300} autocomplete="off" value={fields.code_word} onInput={(event) => write({ code_word: event.currentTarget.value })} /></label>
            <label class="field"><span>{t("Noch etwas")}</span><textarea rows={2} maxLength={4000} autocomplete="off" value={fields.more} onInput={(event) => write({ more: event.currentTarget.value })} /></label>
          </fieldset>
        )}
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={busy}>{busy ? t("Wird verschlossen …") : t("Planen")}</button></div>
      </form>
    </Dialog>
  );
}
