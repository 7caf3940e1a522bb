/** The door: log in, or unlock after a pause. */
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, type Person } from "../api.ts";
import { useConsole } from "../console.ts";
import type { LockReason } from "../session.ts";
import { failure } from "../faults.ts";
import { languageCode, t } from "../words.ts";
import { ExitButton } from "./lock_bar.tsx";
import { Brand, Icon, Notice, PassphraseField, ViewTitle } from "./parts.tsx";

const REASONS: Record<LockReason, () => string> = {
  idle: () => t("Eine Weile geschah hier nichts."),
  hidden: () => t("Die Seite war im Hintergrund."),
  asked: () => t("Alle Schlüssel sind aus diesem Gerät gelöscht."),
  expired: () => t("Ihre Sitzung ist zu Ende. Bitte geben Sie Ihre Passphrase noch einmal ein."),
};

export function LoginView({ locked }: { locked: { member: Person; reason: LockReason } | null }) {
  const house = useConsole();
  const [member, setMember] = useState(locked?.member.id ?? "");
  const [passphrase, setPassphrase] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const [wait, setWait] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const going = useRef(false);

  useEffect(() => {
    if (wait <= 0) return;
    const timer = setTimeout(() => setWait(wait - 1), 1000);
    return () => clearTimeout(timer);
  }, [wait]);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (going.current || wait > 0) return;
    if (member.trim() === "" || passphrase === "") {
      setError(member.trim() === "" ? t("Bitte geben Sie Ihren Namen in diesem Dienst ein.") : t("Bitte geben Sie Ihre Passphrase ein."));
      return;
    }
    going.current = true;
    setBusy(true);
    setError("");
    await new Promise((drawn) => setTimeout(drawn, 30)); // stretching keeps the browser busy: let the words appear first
    try {
      await house.session.login(member, passphrase);
    } catch (problem) {
      setError(failure(problem));
      if (problem instanceof ApiError) setWait(problem.retryAfter ?? 0);
      field.current?.select();
    } finally {
      going.current = false;
      setBusy(false);
    }
  };

  return (
    <main class="door-view" id="inhalt">
      <div class="door-top"><Brand /><span class="gap" /><ExitButton /></div>
      <form class="card door-card" onSubmit={submit} aria-busy={busy}>
        <span class={`seal${locked ? " shut" : ""}`}><Icon name="lock" /></span>
        <ViewTitle focus={locked?.reason}>{locked ? t("Gesperrt") : t("Anmelden")}</ViewTitle>
        {locked ? <p class="soft">{REASONS[locked.reason]()} {house.drafts.any ? t("Ihr Entwurf ist verschlossen noch da.") : ""}</p>
          : <p class="soft">{t("Für Beraterinnen und Berater.")}</p>}
        {error !== "" && <Notice>{error}{wait > 0 ? <span class="countdown" aria-hidden="true"> {t("Noch {n} Sek.", { n: wait })}</span> : null}</Notice>}
        {locked ? (
          <p class="who"><Icon name="person" /><b>{locked.member.name}</b>
            <input type="text" class="spoken" autocomplete="username" value={member} tabIndex={-1} aria-hidden="true" readOnly /></p>
        ) : (
          <label class="field"><span>{t("Name in diesem Dienst")}</span>
            <input type="text" name="username" autocomplete="username" autocapitalize="none" autocorrect="off" spellcheck={false} maxLength={64} value={member} disabled={busy}
              onInput={(event) => setMember(event.currentTarget.value)} /></label>
        )}
        <PassphraseField id="passphrase" label={t("Passphrase")} value={passphrase} autocomplete="current-password" input={field} busy={busy} onChange={setPassphrase} />
        <button type="submit" class="main" aria-disabled={busy || wait > 0}>{busy ? t("Schlüssel wird berechnet …") : locked ? t("Entsperren") : t("Anmelden")}</button>
        <div class="spoken" role="status">{busy ? t("Schlüssel wird berechnet …") : ""}</div>
        <p class="small soft">{t("Ihre Passphrase verlässt dieses Gerät nicht. Es gibt keine Hintertür: Wer sie vergisst, wird neu eingeladen.")}</p>
        {locked ? <button type="button" class="link" onClick={() => house.session.leave()}>{house.drafts.any ? t("Jemand anderes meldet sich an (der Entwurf wird gelöscht)") : t("Jemand anderes meldet sich an")}</button>
          : <button type="button" class="link" onClick={() => house.session.phase.set({ name: "enrol", code: "" })}>{t("Ich habe eine Einladung")}</button>}
      </form>
      {!locked && <Languages />}
    </main>
  );
}

/** Before the log-in only: changing the language loads the page anew, and with it the keys would be gone. */
function Languages() {
  const codes = (document.documentElement.dataset["languages"] ?? "").split(" ").filter((code) => code !== "");
  const address = (code: string) => (code === codes[0] ? "/team/" : `/team/${code}/`);
  return (
    <p class="languages">
      {codes.filter((code) => code !== languageCode()).map((code) => <a key={code} class="link" href={address(code)} lang={code} hreflang={code}>{new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code}</a>)}
    </p>
  );
}
