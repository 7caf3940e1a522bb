/** What is counted when a contact ends: three questions, the last one voluntary. */
import { INDICATORS, KINDS, REFERRALS, type Chosen, type CountedKind, type Indicator, type Referral } from "../statistics_api.ts";
import { indicatorName, kindName, referralName } from "../statistics_labels.ts";
import { t } from "../words.ts";

export function CountFields({ chosen, onChange }: { chosen: Chosen; onChange: (chosen: Chosen) => void }) {
  const toggle = (indicator: Indicator, on: boolean) => onChange({ ...chosen, indicators: [...(chosen.indicators ?? []).filter((each) => each !== indicator), ...(on ? [indicator] : [])] });
  return (
    <>
      <label class="field"><span>{t("Was war es?")}</span>
        <select value={chosen.kind} onChange={(event) => onChange({ ...chosen, kind: event.currentTarget.value as CountedKind })}>{KINDS.map((kind) => <option key={kind} value={kind}>{kindName(kind)}</option>)}</select>
      </label>
      <label class="field"><span>{t("Von wem wurde die Person zu uns geschickt?")}</span>
        <select value={chosen.referral} onChange={(event) => onChange({ ...chosen, referral: event.currentTarget.value as Referral })}>{REFERRALS.map((referral) => <option key={referral} value={referral}>{referralName(referral)}</option>)}</select>
      </label>
      <details class="deliveries" onToggle={(event) => onChange({ ...chosen, indicators: event.currentTarget.open ? (chosen.indicators ?? []) : null })}>
        <summary>{t("Was hat sich verändert? (freiwillig)")}</summary>
        <fieldset class="picks"><legend class="spoken">{t("Was trifft zu?")}</legend>
          {INDICATORS.map((each) => <label class="pick" key={each}><input type="checkbox" checked={chosen.indicators?.includes(each) ?? false} onChange={(event) => toggle(each, event.currentTarget.checked)} /><span>{indicatorName(each)}</span></label>)}
        </fieldset>
      </details>
    </>
  );
}
