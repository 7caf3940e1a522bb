/** Choosing a passphrase: typed twice, measured honestly, or drawn by lot. */
import { useLayoutEffect, useState } from "preact/hooks";
import { ENOUGH, estimate, suggest } from "../strength.ts";
import { t } from "../words.ts";
import { PassphraseField } from "./parts.tsx";

/** `fault` is "" when the passphrase can be used. */
export interface Chosen { readonly passphrase: string; readonly fault: string }

export function NewPassphrase({ own, busy, onChange }: { own: readonly string[]; busy: boolean; onChange: (chosen: Chosen) => void }) {
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const [drawn, setDrawn] = useState(false);
  const strength = estimate(passphrase, own);
  const verdict = {
    weak: t("Zu schwach. Wer den Server stiehlt, könnte sie erraten."),
    fair: t("Reicht. Noch ein Wort mehr macht sie stark."),
    strong: t("Stark."),
  }[strength.level];
  const fault =
    strength.level === "weak" ? t("Diese Passphrase ist zu schwach. Nehmen Sie mindestens fünf Wörter, die nicht zusammengehören, oder unseren Vorschlag.")
    : passphrase !== again ? t("Die beiden Eingaben sind verschieden.") : "";
  useLayoutEffect(() => onChange({ passphrase, fault }), [passphrase, fault]);
  return (
    <>
      <PassphraseField id="new-passphrase" label={t("Neue Passphrase")} value={passphrase} autocomplete="new-password" busy={busy} shown={drawn} described="strength" onChange={setPassphrase}>
        <div id="strength" class={`strength ${strength.level}`} role="status">
          {passphrase !== "" && <><meter min={0} max={80} low={ENOUGH} high={64} optimum={80} value={Math.min(80, strength.bits)} aria-label={t("Stärke")} />
            <span>{verdict} <small>{t("Geschätzt, eher vorsichtig: etwa {n} Bit.", { n: strength.bits })}</small></span></>}
        </div>
      </PassphraseField>
      <button type="button" class="second" onClick={() => { setPassphrase(suggest()); setAgain(""); setDrawn(true); }}>{t("Sechs Wörter auslosen")}</button>
      {drawn && passphrase !== "" && <p class="drawn" translate={false}>{passphrase}</p>}
      <p class="small soft">{t("Ausgeloste Wörter sind die stärksten. Schreiben Sie sie auf, bis Sie sie auswendig können, und vernichten Sie dann den Zettel.")}</p>
      <PassphraseField id="again" label={t("Noch einmal, zum Üben")} value={again} autocomplete="new-password" busy={busy} onChange={setAgain} />
    </>
  );
}
