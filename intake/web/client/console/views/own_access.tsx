/** My own access: second factor, passphrase, open consoles. */
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../api.ts";
import { dated, moment } from "../clock.ts";
import { useConsole, useSession } from "../console.ts";
import { failure } from "../faults.ts";
import type { Account } from "../people_api.ts";
import { makePasskey, passkeysPossible } from "../second_factor.ts";
import { t } from "../words.ts";
import { type Chosen, NewPassphrase } from "./new_passphrase.tsx";
import { Dialog, Icon, Notice, PassphraseField } from "./parts.tsx";

type Open = { readonly what: "passphrase" | "codes" | "drop codes" } | { readonly what: "drop passkey"; readonly id: string; readonly name: string };

export function OwnAccess() {
  const house = useConsole();
  const { member } = useSession();
  const [account, setAccount] = useState<Account | null>(null);
  const [error, setError] = useState("");
  const [open, setOpen] = useState<Open | null>(null);
  const load = async () => {
    try {
      setAccount(await house.people.account());
    } catch (problem) {
      setError(failure(problem));
    }
  };
  useEffect(() => void load(), []);
  const done = (told: string) => { setOpen(null); setError(""); house.show(told); void load(); };

  const addPasskey = async () => {
    setError("");
    try {
      const begin = await house.people.beginPasskey();
      const made = await makePasskey(begin, member);
      await house.people.addPasskey(begin.ticket, t("Passkey {n}", { n: (account?.passkeys.length ?? 0) + 1 }), made);
      done(t("Der Passkey ist eingetragen. Ab jetzt wird er beim Anmelden gefragt."));
    } catch (problem) {
      setError(problem instanceof ApiError ? failure(problem) : t("Es wurde kein Passkey gemacht. Vielleicht ist dieses Gerät schon eingetragen."));
    }
  };
  const end = async (device: string) => {
    try {
      await house.people.endDevice(device);
      done(t("Diese Sitzung ist beendet."));
    } catch (problem) {
      setError(failure(problem));
    }
  };

  const protectedBy = account !== null && (account.passkeys.length > 0 || account.totp);
  return (
    <>
      {error !== "" && <Notice>{error}</Notice>}
      <h2>{t("Zweiter Nachweis")}</h2>
      {account === null && error === "" && <p role="status">{t("Wird geladen …")}</p>}
      {account !== null && (
        <>
          <p class={`way ${protectedBy ? "good" : "late"}`}><Icon name={protectedBy ? "check" : "alert"} />{protectedBy ? t("Die Passphrase allein öffnet nichts.") : t("Bisher genügt die Passphrase allein. Ein Passkey schützt Sie, auch wenn jemand sie abliest.")}</p>
          <ul class="cards">
            {account.passkeys.map((passkey) => (
              <li key={passkey.id} class="card-box phone-row"><div><b>{passkey.name}</b><span class="small soft">{t("seit {day}", { day: dated(passkey.added) })}</span></div>
                <button type="button" class="second" aria-label={t("{name} entfernen", { name: passkey.name })} onClick={() => setOpen({ what: "drop passkey", id: passkey.id, name: passkey.name })}>{t("Entfernen")}</button></li>
            ))}
            {account.totp && <li class="card-box phone-row"><div><b>{t("Codes aus einer App")}</b></div><button type="button" class="second" aria-label={t("Codes entfernen")} onClick={() => setOpen({ what: "drop codes" })}>{t("Entfernen")}</button></li>}
          </ul>
          <div class="sheet-actions">
            {passkeysPossible(account.relying_party) && <button type="button" class="main" onClick={() => void addPasskey()}><Icon name="plus" />{t("Passkey einrichten")}</button>}
            {!account.totp && <button type="button" class="second" onClick={() => setOpen({ what: "codes" })}>{t("Codes aus einer App")}</button>}
          </div>
          {!passkeysPossible(account.relying_party) && <p class="small soft">{t("Passkeys gehen in diesem Browser oder unter dieser Adresse nicht. Codes aus einer App gehen immer.")}</p>}
          <h2>{t("Offene Sitzungen")}</h2>
          <ul class="cards">
            {account.devices.map((device) => (
              <li key={device.id} class="card-box phone-row"><div><b>{device.device || t("Gerät")}</b>{device.here && <span class="badge">{t("Dieses hier")}</span>}<span class="small soft">{t("angemeldet {since}, zuletzt {seen}", { since: moment(device.since), seen: moment(device.seen) })}</span></div>
                {!device.here && <button type="button" class="second alarm" aria-label={t("{device} abmelden", { device: device.device })} onClick={() => void end(device.id)}>{t("Abmelden")}</button>}</li>
            ))}
          </ul>
          <p class="soft">{t("Kennen Sie eine davon nicht? Melden Sie sie ab, und ändern Sie Ihre Passphrase.")}</p>
          <button type="button" class="second" onClick={() => setOpen({ what: "passphrase" })}>{t("Passphrase ändern")}</button>
        </>
      )}
      {open?.what === "passphrase" && <PassphraseDialog onClose={() => setOpen(null)} onDone={done} />}
      {open?.what === "codes" && <CodesDialog onClose={() => setOpen(null)} onDone={done} />}
      {open?.what === "drop codes" && <ProveDialog title={t("Codes entfernen")} onClose={() => setOpen(null)} work={(key) => house.people.dropCodes(key)} onDone={() => done(t("Die Codes gelten nicht mehr."))} />}
      {open?.what === "drop passkey" && <ProveDialog title={t("{name} entfernen", { name: open.name })} onClose={() => setOpen(null)} work={(key) => house.people.dropPasskey(open.id, key)} onDone={() => done(t("Der Passkey gilt nicht mehr."))} />}
    </>
  );
}

/** Whoever finds an open console must not be able to take the protection away: the passphrase is asked once more. */
function ProveDialog({ title, work, onClose, onDone }: { title: string; work: (loginKey: string) => Promise<unknown>; onClose: () => void; onDone: () => void }) {
  const house = useConsole();
  const [passphrase, setPassphrase] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const submit = async () => {
    if (busy || passphrase === "") return;
    setBusy(true);
    setError("");
    try {
      await work(await house.session.prove(passphrase));
      onDone();
    } catch (problem) {
      setError(failure(problem));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        {error !== "" && <Notice>{error}</Notice>}
        <PassphraseField id="prove" label={t("Ihre Passphrase")} value={passphrase} autocomplete="current-password" busy={busy} onChange={setPassphrase} />
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={busy}>{busy ? t("Einen Moment …") : t("Entfernen")}</button><button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button></div>
      </form>
    </Dialog>
  );
}

function PassphraseDialog({ onClose, onDone }: { onClose: () => void; onDone: (told: string) => void }) {
  const house = useConsole();
  const { member } = useSession();
  const [old, setOld] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const chosen = useRef<Chosen>({ passphrase: "", fault: "" });
  const submit = async () => {
    if (busy) return;
    if (old === "" || chosen.current.fault !== "") return setError(old === "" ? t("Bitte geben Sie zuerst die bisherige Passphrase ein.") : chosen.current.fault);
    setBusy(true);
    setError("");
    await new Promise((drawn) => setTimeout(drawn, 30));
    try {
      await house.session.changePassphrase(house.people, old, chosen.current.passphrase);
      onDone(t("Die neue Passphrase gilt. Alle anderen Sitzungen sind beendet."));
    } catch (problem) {
      setError(failure(problem));
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("Passphrase ändern")} onClose={onClose}>
      <form aria-busy={busy} onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        {error !== "" && <Notice>{error}</Notice>}
        <PassphraseField id="old-passphrase" label={t("Bisherige Passphrase")} value={old} autocomplete="current-password" busy={busy} onChange={setOld} />
        <NewPassphrase own={[member.id, member.name]} busy={busy} onChange={(now) => { chosen.current = now; }} />
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={busy}>{busy ? t("Schlüssel wird berechnet …") : t("Ändern")}</button><button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button></div>
      </form>
    </Dialog>
  );
}

function CodesDialog({ onClose, onDone }: { onClose: () => void; onDone: (told: string) => void }) {
  const house = useConsole();
  const [begun, setBegun] = useState<{ address: string; qr: readonly string[] } | null>(null);
  const [code, setCode] = useState("");
  const [error, setError] = useState("");
  useEffect(() => void house.people.beginCodes().then(setBegun, (problem: unknown) => setError(failure(problem))), []);
  const confirm = async () => {
    setError("");
    try {
      await house.people.confirmCodes(code);
      onDone(t("Ab jetzt wird beim Anmelden ein Code gefragt."));
    } catch (problem) {
      setError(failure(problem));
    }
  };
  return (
    <Dialog title={t("Codes aus einer App")} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); void confirm(); }}>
        {error !== "" && <Notice>{error}</Notice>}
        {begun !== null && (
          <>
            <p>{t("Nehmen Sie das Bild mit einer Code-App auf, am besten auf einem anderen Gerät, und geben Sie den ersten Code ein.")}</p>
            <QrPicture rows={begun.qr} />
            <p class="small soft anywhere" translate={false}>{/secret=([A-Z2-7]+)/.exec(begun.address)?.[1] ?? ""}</p>
            <label class="field"><span>{t("Code aus der App")}</span><input type="text" inputMode="numeric" autocomplete="one-time-code" maxLength={12} value={code} onInput={(event) => setCode(event.currentTarget.value)} /></label>
          </>
        )}
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={begun === null}>{t("Einrichten")}</button><button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button></div>
      </form>
    </Dialog>
  );
}

/** Drawn from rows of 0 and 1: no picture is loaded, and no markup of the server is used. */
function QrPicture({ rows }: { rows: readonly string[] }) {
  const quiet = 4;
  const size = rows.length + 2 * quiet;
  const path = rows.flatMap((row, y) => [...row].map((dark, x) => (dark === "1" ? `M${x + quiet} ${y + quiet}h1v1h-1z` : ""))).join("");
  return <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={t("QR-Code")}><rect width={size} height={size} fill="#fff" /><path d={path} fill="#000" /></svg>;
}
