/** The second step at the door: a passkey, or a code of an app. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api.ts";
import { useConsole } from "../console.ts";
import { failure } from "../faults.ts";
import { passkeysPossible, usePasskey } from "../second_factor.ts";
import type { Phase } from "../session.ts";
import { t } from "../words.ts";
import { ExitButton } from "./lock_bar.tsx";
import { Brand, Icon, Notice, ViewTitle } from "./parts.tsx";

export function SecondView({ phase }: { phase: Extract<Phase, { name: "second" }> }) {
  const house = useConsole();
  const { second, wrong } = phase;
  const passkey = second.passkeys.length > 0 && passkeysPossible(second.relying_party);
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    setBusy(false);
    setCode("");
    field.current?.focus();
  }, [second]);

  const attempt = async (answer: () => Promise<{ passkey: string } | { code: string }>) => {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      await house.session.answer(await answer());
    } catch (problem) {
      setError(problem instanceof ApiError ? failure(problem) : t("Der Passkey wurde nicht benutzt. Versuchen Sie es noch einmal."));
      setBusy(false);
    }
  };

  return (
    <main class="door-view" id="inhalt">
      <div class="door-top"><Brand /><span class="gap" /><ExitButton /></div>
      <form class="card door-card" aria-busy={busy} onSubmit={(event) => { event.preventDefault(); void attempt(async () => ({ code })); }}>
        <span class="seal"><Icon name="lock" /></span>
        <ViewTitle focus="second">{t("Noch ein Schritt")}</ViewTitle>
        <p class="soft">{t("Die Passphrase stimmt. Jetzt der zweite Nachweis, damit sie allein niemandem nützt.")}</p>
        {(error !== "" || wrong) && <Notice>{error || t("Das hat nicht gestimmt. Bitte noch einmal.")}</Notice>}
        {passkey && <button type="button" class="main" aria-disabled={busy} onClick={() => void attempt(async () => ({ passkey: await usePasskey(second) }))}>{t("Passkey benutzen")}</button>}
        {second.passkeys.length > 0 && !passkey && <Notice kind="plain">{t("Passkeys gehen unter dieser Adresse nicht. Öffnen Sie die Seite unter ihrem richtigen Namen.")}</Notice>}
        {second.totp && (
          <>
            <label class="field"><span>{t("Code aus der App")}</span>
              <input ref={field} type="text" inputMode="numeric" autocomplete="one-time-code" maxLength={12} value={code} onInput={(event) => setCode(event.currentTarget.value)} /></label>
            <button type="submit" class={passkey ? "second" : "main"} aria-disabled={busy}>{busy ? t("Wird geprüft …") : t("Weiter")}</button>
          </>
        )}
        <p class="small soft">{t("Alles verloren? Zwei Leitungen Ihres Teams können Sie zusammen neu einladen.")}</p>
        <button type="button" class="link" onClick={() => house.session.cancel()}>{t("Abbrechen")}</button>
      </form>
    </main>
  );
}
