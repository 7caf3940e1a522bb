/** Joining with an invitation: code, passphrase, fingerprint. The key pair is made in this browser. */
import { useRef, useState } from "preact/hooks";
import { ApiError, type Invitation } from "../api.ts";
import { useConsole } from "../console.ts";
import { t } from "../words.ts";
import { ExitButton } from "./lock_bar.tsx";
import { failure } from "../faults.ts";
import { type Chosen, NewPassphrase } from "./new_passphrase.tsx";
import { Brand, Fingerprint, Notice, ViewTitle } from "./parts.tsx";

type Step = { readonly name: "code" } | { readonly name: "passphrase"; readonly invitation: Invitation } | { readonly name: "done"; readonly member: string; readonly words: string };

export function EnrolView({ code: given }: { code: string }) {
  const house = useConsole();
  // The link brings one half, the words by phone the other: whoever reads one of both ways has nothing.
  const half = given.startsWith("~") ? given.slice(1) : "";
  const [code, setCode] = useState(half === "" ? given : "");
  const whole = () => `${half}${code.trim()}`;
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
            setStep({ name: "passphrase", invitation: await house.api.invitation(whole()) });
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
          onDone={(passphrase) => void attempt(async () => setStep({ name: "done", member: step.invitation.member, words: await house.session.enrol(whole(), passphrase) }))} />
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
  const [problem, setProblem] = useState("");
  const chosen = useRef<Chosen>({ passphrase: "", fault: t("Wählen Sie eine Passphrase.") });
  const submit = (event: Event) => {
    event.preventDefault();
    setProblem(chosen.current.fault);
    if (chosen.current.fault === "") onDone(chosen.current.passphrase);
  };
  return (
    <form class="card door-card" onSubmit={submit} aria-busy={busy}>
      <p class="step">{t("Schritt {n} von 3", { n: 2 })}</p>
      <ViewTitle focus="passphrase">{t("Guten Tag, {name}", { name: invitation.name })}</ViewTitle>
      <p class="soft">{t("Wählen Sie eine Passphrase. Sie öffnet Ihren Schlüssel und verlässt dieses Gerät nie. Niemand kann sie zurücksetzen.")}</p>
      {(problem || error) !== "" && <Notice>{problem || error}</Notice>}
      <input type="text" class="spoken" autocomplete="username" value={invitation.member} tabIndex={-1} aria-hidden="true" readOnly />
      <NewPassphrase own={[invitation.member, invitation.name]} busy={busy} onChange={(now) => { chosen.current = now; }} />
      <button type="submit" class="main" aria-disabled={busy}>{busy ? t("Schlüssel wird gemacht …") : t("Schlüssel machen")}</button>
    </form>
  );
}
