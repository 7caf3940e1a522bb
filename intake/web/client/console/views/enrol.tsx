/** Joining with an invitation: code, passphrase, fingerprint. The key pair is made in this browser. */
import { useRef, useState } from "preact/hooks";
import { ApiError, type Invitation } from "../api.ts";
import { useConsole } from "../console.ts";
import { ENOUGH, estimate, suggest } from "../strength.ts";
import { t } from "../words.ts";
import { ExitButton } from "./lock_bar.tsx";
import { failure } from "../faults.ts";
import { Brand, Fingerprint, Notice, PassphraseField, ViewTitle } from "./parts.tsx";

type Step = { readonly name: "code" } | { readonly name: "passphrase"; readonly invitation: Invitation } | { readonly name: "done"; readonly member: string; readonly words: string };

export function EnrolView({ code: given }: { code: string }) {
  const house = useConsole();
  const [code, setCode] = useState(given);
  const [step, setStep] = useState<Step>({ name: "code" });
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const going = useRef(false);

  const attempt = async (work: () => Promise<void>) => {
    if (going.current) return;
    going.current = true;
    setBusy(true);
    setError("");
    await new Promise((drawn) => setTimeout(drawn, 30));
    try {
      await work();
    } catch (problem) {
      setError(problem instanceof ApiError && problem.status === 404 ? t("Diese Einladung gilt nicht oder nicht mehr. Bitte prüfen Sie den Code, oder lassen Sie sich einen neuen geben.") : failure(problem));
    } finally {
      going.current = false;
      setBusy(false);
    }
  };

  return (
    <main class="door-view" id="inhalt">
      <div class="door-top"><Brand /><span class="gap" /><ExitButton /></div>
      {step.name === "code" && (
        <form class="card door-card" aria-busy={busy} onSubmit={(event) => {
          event.preventDefault();
          void attempt(async () => {
            if (code.trim() === "") throw new ApiError(0, "empty", t("Bitte geben Sie den Code aus Ihrer Einladung ein."));
            setStep({ name: "passphrase", invitation: await house.api.invitation(code.trim()) });
          });
        }}>
          <p class="step">{t("Schritt {n} von 3", { n: 1 })}</p>
          <ViewTitle focus="code">{t("Willkommen im Team")}</ViewTitle>
          <p class="soft">{t("Sie haben einen Code bekommen, auf einem anderen Weg als diesen Link. Er gilt ein einziges Mal.")}</p>
          {error !== "" && <Notice>{error}</Notice>}
          <label class="field"><span>{t("Code der Einladung")}</span>
            <input type="text" value={code} autocomplete="one-time-code" autocapitalize="none" spellcheck={false} maxLength={200} onInput={(event) => setCode(event.currentTarget.value)} /></label>
          <button type="submit" class="main" aria-disabled={busy}>{busy ? t("Wird geprüft …") : t("Weiter")}</button>
          <button type="button" class="link" onClick={() => house.session.leave()}>{t("Ich habe schon einen Zugang")}</button>
        </form>
      )}
      {step.name === "passphrase" && (
        <PassphraseForm invitation={step.invitation} busy={busy} error={error}
          onDone={(passphrase) => void attempt(async () => setStep({ name: "done", member: step.invitation.member, words: await house.session.enrol(code.trim(), passphrase) }))} />
      )}
      {step.name === "done" && (
        <div class="card door-card">
          <p class="step">{t("Schritt {n} von 3", { n: 3 })}</p>
          <ViewTitle focus="done">{t("Ihr Schlüssel ist da")}</ViewTitle>
          <p>{t("Rufen Sie Ihre Leitung an und lesen Sie diese acht Wörter vor. Erst wenn sie übereinstimmen, gibt die Leitung Ihnen die Anfragen des Teams frei.")}</p>
          <Fingerprint words={step.words} />
          <p class="soft">{t("Die Wörter sind nicht geheim. Sie beweisen, dass niemand Ihren Schlüssel unterwegs vertauscht hat. Sie finden sie später unter „Mein Zugang“.")}</p>
          <p>{t("Ihr Name in diesem Dienst:")} <b>{step.member}</b></p>
          <button type="button" class="main" onClick={() => house.session.leave()}>{t("Zur Anmeldung")}</button>
        </div>
      )}
    </main>
  );
}

function PassphraseForm({ invitation, busy, error, onDone }: { invitation: Invitation; busy: boolean; error: string; onDone: (passphrase: string) => void }) {
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const [drawn, setDrawn] = useState(false);
  const [problem, setProblem] = useState("");
  const strength = estimate(passphrase, [invitation.member, invitation.name]);
  const verdict = {
    weak: t("Zu schwach. Wer den Server stiehlt, könnte sie erraten."),
    fair: t("Reicht. Noch ein Wort mehr macht sie stark."),
    strong: t("Stark."),
  }[strength.level];

  const submit = (event: Event) => {
    event.preventDefault();
    if (strength.level === "weak") setProblem(t("Diese Passphrase ist zu schwach. Nehmen Sie mindestens fünf Wörter, die nicht zusammengehören, oder unseren Vorschlag."));
    else if (passphrase !== again) setProblem(t("Die beiden Eingaben sind verschieden."));
    else {
      setProblem("");
      onDone(passphrase);
    }
  };

  return (
    <form class="card door-card" onSubmit={submit} aria-busy={busy}>
      <p class="step">{t("Schritt {n} von 3", { n: 2 })}</p>
      <ViewTitle focus="passphrase">{t("Guten Tag, {name}", { name: invitation.name })}</ViewTitle>
      <p class="soft">{t("Wählen Sie eine Passphrase. Sie öffnet Ihren Schlüssel und verlässt dieses Gerät nie. Niemand kann sie zurücksetzen.")}</p>
      {(problem || error) !== "" && <Notice>{problem || error}</Notice>}
      <input type="text" class="spoken" autocomplete="username" value={invitation.member} tabIndex={-1} aria-hidden="true" readOnly />
      <PassphraseField id="new-passphrase" label={t("Neue Passphrase")} value={passphrase} autocomplete="new-password" busy={busy} shown={drawn} described="strength" onChange={setPassphrase}>
        <div id="strength" class={`strength ${strength.level}`} role="status">
          {passphrase !== "" && <><meter min={0} max={80} low={ENOUGH} high={64} optimum={80} value={Math.min(80, strength.bits)} aria-label={t("Stärke")} />
            <span>{verdict} <small>{t("Geschätzt, eher vorsichtig: etwa {n} Bit.", { n: strength.bits })}</small></span></>}
        </div>
      </PassphraseField>
      <button type="button" class="second" onClick={() => { const words = suggest(); setPassphrase(words); setAgain(""); setDrawn(true); }}>{t("Sechs Wörter auslosen")}</button>
      {drawn && passphrase !== "" && <p class="drawn" translate={false}>{passphrase}</p>}
      <p class="small soft">{t("Ausgeloste Wörter sind die stärksten. Schreiben Sie sie auf, bis Sie sie auswendig können, und vernichten Sie dann den Zettel.")}</p>
      <PassphraseField id="again" label={t("Noch einmal, zum Üben")} value={again} autocomplete="new-password" busy={busy} onChange={setAgain} />
      <button type="submit" class="main" aria-disabled={busy}>{busy ? t("Schlüssel wird gemacht …") : t("Schlüssel machen")}</button>
    </form>
  );
}
