/** The register of service phones: my own, those of the colleagues, and notifications on this device. */
import { useEffect, useState } from "preact/hooks";
import type { Person } from "../api.ts";
import { useConsole, useSession } from "../console.ts";
import { pushState, type PushState, showSample, switchOff, switchOn } from "../push.ts";
import type { MatrixDevice, Network, Phone } from "../rota_api.ts";
import { languageCode, t, tn } from "../words.ts";
import { at } from "../zone.ts";
import { failure } from "../faults.ts";
import { Dialog, Icon, Notice, ViewTitle } from "./parts.tsx";
import { PhoneProbe, reachable } from "./phone_probe.tsx";

const LOOK_FOR_CODE_MS = 4_000;

export function PhonesView() {
  const house = useConsole();
  const { member, teams } = useSession();
  const [mine, setMine] = useState<Phone | null>(null);
  const [phones, setPhones] = useState<readonly Phone[] | null>(null);
  const [error, setError] = useState("");
  const [lost, setLost] = useState<Person | null>(null);
  const [looking, setLooking] = useState<Phone | null>(null);

  const load = async () => {
    setError("");
    try {
      const [own, ...all] = await Promise.all([house.rota.phone(member.id), ...teams.map(house.rota.phones)]);
      setMine(own);
      // Everybody from all teams at once: whose phone is lost must not depend on a choice.
      const people = new Map(all.flat().map((phone) => [phone.member.id, phone]));
      setPhones([...people.values()].sort((one, other) => one.member.name.localeCompare(other.member.name)));
    } catch (problem) {
      setError(failure(problem));
    }
  };
  useEffect(() => void load(), []);
  const others = phones?.filter((phone) => phone.member.id !== member.id) ?? [];

  return (
    <section class="pane page duty">
      <ViewTitle focus="phones">{t("Diensthandys")}</ViewTitle>
      <p class="soft">{t("Hierher rufen wir, wenn jemand gebraucht wird. Was geschrieben wurde, steht nie in so einer Nachricht.")}</p>
      {error !== "" && <Notice>{error} <button type="button" class="link" onClick={() => void load()}>{t("Noch einmal versuchen")}</button></Notice>}
      {mine === null && error === "" && <p role="status">{t("Wird geladen …")}</p>}
      {mine !== null && <OwnPhone phone={mine} onChange={(phone) => { setMine(phone); void load(); }} onLost={() => setLost(mine.member)} />}
      <PushCard count={mine?.push ?? 0} onChange={() => void load()} />
      <h2>{t("Im Team")}</h2>
      {phones !== null && others.length === 0 && <p class="soft">{t("In Ihren Teams ist sonst niemand.")}</p>}
      <ul class="cards">
        {others.map((phone) => {
          const title = `phone-${phone.member.id}`;
          const strange = phone.devices.filter(({ pinned }) => !pinned).length;
          return (
            <li key={phone.member.id} class="card-box phone-row">
              <div><b id={title}>{phone.member.name}</b><PhoneState phone={phone} />
                {strange > 0 && <button type="button" class="link late" onClick={() => setLooking(phone)}>{tn("Ein neues Gerät ansehen", "{n} neue Geräte ansehen", strange)}</button>}
                {phone.may_edit && reachable(phone) && <PhoneProbe phone={phone} />}</div>
              {phone.state !== "cut_off" && phone.state !== "none" && <button type="button" class="second alarm" aria-describedby={title} onClick={() => setLost(phone.member)}>{t("Ist weg")}</button>}
            </li>
          );
        })}
      </ul>
      {lost !== null && <LostDialog person={lost} own={lost.id === member.id} onClose={() => setLost(null)} onDone={() => { setLost(null); void load(); }} />}
      {looking !== null && (
        <Dialog title={t("Neues Gerät von {name}", { name: looking.member.name })} onClose={() => setLooking(null)}>
          <Devices phone={looking} onChange={() => { setLooking(null); void load(); }} />
        </Dialog>
      )}
    </section>
  );
}

function PhoneState({ phone }: { phone: Phone }) {
  const ways = [phone.number_verified && t("Nummer"), phone.matrix_verified && t("Messenger"), phone.push > 0 && t("Mitteilung")].filter((way): way is string => typeof way === "string");
  if (phone.state === "cut_off") return <span class="way late"><Icon name="alert" />{t("Abgeschaltet")}</span>;
  if (ways.length === 0) return <span class="way late"><Icon name="alert" />{t("Nicht zu erreichen")}</span>;
  return <span class="way good"><Icon name="check" />{ways.join(" · ")}</span>;
}

function OwnPhone({ phone, onChange, onLost }: { phone: Phone; onChange: (phone: Phone) => void; onLost: () => void }) {
  const house = useConsole();
  const [editing, setEditing] = useState(false);
  const [code, setCode] = useState<"number" | "matrix" | null>(null);
  const verified = phone.number_verified || phone.matrix_verified;
  return (
    <div class="card-box own">
      <div class="card-head"><h2>{t("Mein Diensthandy")}</h2>{phone.state === "cut_off" ? <span class="badge urgent">{t("Abgeschaltet")}</span> : verified ? <span class="badge unread"><Icon name="check" />{t("Bestätigt")}</span> : <span class="badge draft">{t("Noch nicht bestätigt")}</span>}</div>
      {phone.state === "cut_off" && <p class="soft">{t("Es wurde als verloren gemeldet. Ist es wieder da, oder haben Sie ein neues? Tragen Sie es ein, und bestätigen Sie es neu.")}</p>}
      <dl class="ways">
        <div><dt>{t("Nummer")}</dt><dd>{phone.number ?? <span class="soft">{t("keine")}</span>}{phone.number !== null && <Checked done={phone.number_verified} />}
          {phone.number !== null && !phone.number_verified && <button type="button" class="link" aria-label={t("Nummer bestätigen")} onClick={() => setCode("number")}>{t("Bestätigen")}</button>}</dd></div>
        <div><dt>{t("Messenger")}</dt><dd><span class="anywhere">{phone.matrix_user ?? <span class="soft">{t("keiner")}</span>}</span>{phone.matrix_user !== null && <Checked done={phone.matrix_verified} />}
          {phone.matrix_user !== null && !phone.matrix_verified && <button type="button" class="link" aria-label={t("Messenger bestätigen")} onClick={() => setCode("matrix")}>{t("Bestätigen")}</button>}</dd></div>
        <div><dt>{t("Sprache")}</dt><dd>{phone.language === "en" ? t("Englisch") : t("Deutsch")}</dd></div>
      </dl>
      {phone.devices.length > 0 && <Devices phone={phone} onChange={() => void house.rota.phone(phone.member.id).then(onChange, () => undefined)} />}
      {reachable(phone) && <PhoneProbe phone={phone} />}
      <div class="card-actions">
        <button type="button" class="main" onClick={() => setEditing(true)}>{phone.number === null && phone.matrix_user === null ? t("Diensthandy eintragen") : t("Ändern")}</button>
        {phone.state !== "cut_off" && phone.state !== "none" && <button type="button" class="second alarm" onClick={onLost}>{t("Dieses Diensthandy ist weg")}</button>}
      </div>
      {editing && <EditPhone phone={phone} onClose={() => setEditing(false)} onSaved={(saved) => { setEditing(false); onChange(saved); }} />}
      {code !== null && <CodeDialog phone={phone} channel={code} onClose={() => { setCode(null); void house.rota.phone(phone.member.id).then(onChange, () => undefined); }} />}
    </div>
  );
}

function Checked({ done }: { done: boolean }) {
  return <span class={`way ${done ? "good" : "open"}`}><Icon name={done ? "check" : "clock"} />{done ? t("bestätigt") : t("noch nicht bestätigt")}</span>;
}

function EditPhone({ phone, onClose, onSaved }: { phone: Phone; onClose: () => void; onSaved: (phone: Phone) => void }) {
  const house = useConsole();
  const [number, setNumber] = useState(phone.number ?? "");
  const [matrix, setMatrix] = useState(phone.matrix_user ?? "");
  const [language, setLanguage] = useState<Phone["language"]>(phone.state === "none" && languageCode() === "en" ? "en" : phone.language);
  const [network, setNetwork] = useState<Network>(phone.network);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const save = async () => {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      const saved = await house.rota.savePhone(phone.member.id, { number: number.trim() || null, network, matrix_user: matrix.trim() || null, language });
      house.show(t("Gespeichert."));
      onSaved(saved);
    } catch (problem) {
      setError(failure(problem));
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("Mein Diensthandy")} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); void save(); }}>
        {error !== "" && <Notice>{error}</Notice>}
        <label class="field"><span>{t("Nummer")}</span><input type="tel" inputMode="tel" autocomplete="off" maxLength={40} value={number} placeholder="0151 …" onInput={(event) => setNumber(event.currentTarget.value)} /></label>
        <p class="small soft">{t("Eine deutsche Nummer, Handy oder Festnetz. Bei einer Änderung bekommen die alte und die neue Nummer Bescheid.")}</p>
        <label class="field"><span>{t("Anschluss")}</span><select value={network} onChange={(event) => setNetwork(event.currentTarget.value as Network)}><option value="mobile">{t("Handy")}</option><option value="fixed">{t("Festnetz")}</option><option value="sip">{t("Internettelefon")}</option></select></label>
        <label class="field"><span>{t("Messenger (Matrix)")}</span><input type="text" autocomplete="off" autocapitalize="none" spellcheck={false} maxLength={255} value={matrix} placeholder="@name:server.de" onInput={(event) => setMatrix(event.currentTarget.value)} /></label>
        <label class="field"><span>{t("Sprache der Nachrichten")}</span><select value={language} onChange={(event) => setLanguage(event.currentTarget.value === "en" ? "en" : "de")}><option value="de">{t("Deutsch")}</option><option value="en">{t("Englisch")}</option></select></label>
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={busy}>{busy ? t("Einen Moment …") : t("Speichern")}</button></div>
      </form>
    </Dialog>
  );
}

/** Proves that the phone is where the counsellor is: a code told by the phone and typed here, or shown here and sent from the phone. */
function CodeDialog({ phone, channel, onClose }: { phone: Phone; channel: "number" | "matrix"; onClose: () => void }) {
  const house = useConsole();
  const [shown, setShown] = useState<{ code: string | null; until: string } | null>(null);
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const ask = async () => {
    setError("");
    setTyped("");
    setShown(null);
    try {
      setShown(await house.rota.askCode(phone.member.id, channel));
    } catch (problem) {
      setError(failure(problem));
    }
  };
  useEffect(() => void ask(), []);
  useEffect(() => {
    if (channel !== "matrix" || shown === null) return;
    const timer = setInterval(() => void house.rota.phone(phone.member.id).then((now) => {
      if (!now.matrix_verified) return;
      house.show(t("Der Messenger ist bestätigt."));
      onClose();
    }, () => undefined), LOOK_FOR_CODE_MS);
    return () => clearInterval(timer);
  }, [shown]);
  const check = async () => {
    const digits = typed.replace(/\D/g, "");
    if (busy) return;
    if (digits.length !== 6) {
      setError(t("Der Code hat sechs Ziffern."));
      return;
    }
    setBusy(true);
    setError("");
    try {
      await house.rota.verify(phone.member.id, digits);
      house.show(t("Die Nummer ist bestätigt."));
      onClose();
    } catch (problem) {
      setError(failure(problem));
      setBusy(false);
    }
  };
  return (
    <Dialog title={channel === "number" ? t("Nummer bestätigen") : t("Messenger bestätigen")} onClose={onClose}>
      {error !== "" && <Notice>{error} {shown === null && <button type="button" class="link" onClick={() => void ask()}>{t("Noch einmal versuchen")}</button>}</Notice>}
      {shown === null && error === "" && <p role="status">{t("Einen Moment …")}</p>}
      {shown !== null && channel === "number" && (
        <form onSubmit={(event) => { event.preventDefault(); void check(); }}>
          <p>{t("Wir haben einen Code an {number} geschickt. Er gilt bis {time}.", { number: phone.number ?? "", time: at(shown.until) })}</p>
          <label class="field"><span>{t("Code")}</span><input type="text" class="code" inputMode="numeric" autocomplete="one-time-code" maxLength={12} value={typed} onInput={(event) => setTyped(event.currentTarget.value)} /></label>
          <div class="sheet-actions"><button type="submit" class="main" aria-disabled={busy}>{busy ? t("Einen Moment …") : t("Bestätigen")}</button><button type="button" class="second" onClick={() => void ask()}>{t("Neuer Code")}</button></div>
        </form>
      )}
      {shown !== null && channel === "matrix" && (
        <>
          <p>{t("In {user} ist eine Einladung angekommen. Nehmen Sie sie auf dem Diensthandy an, und schicken Sie dort diese Ziffern:", { user: phone.matrix_user ?? "" })}</p>
          <p class="big-code"><span aria-hidden="true">{(shown.code ?? "").replace(/(\d{3})(?=\d)/, "$1\u2009")}</span><span class="spoken">{[...(shown.code ?? "")].join(" ")}</span></p>
          <p class="soft" role="status">{t("Wir warten auf die Ziffern, bis {time}. Das Fenster geht dann von selbst zu.", { time: at(shown.until) })}</p>
        </>
      )}
    </Dialog>
  );
}

function Devices({ phone, onChange }: { phone: Phone; onChange: () => void }) {
  const house = useConsole();
  const [error, setError] = useState("");
  const [busy, setBusy] = useState("");
  const confirm = async (device: MatrixDevice) => {
    if (busy !== "") return;
    setBusy(device.device_id);
    setError("");
    try {
      await house.rota.confirmDevice(phone.member.id, device);
      house.show(t("Das Gerät ist bestätigt."));
      onChange();
    } catch (problem) {
      setError(failure(problem));
    } finally {
      setBusy("");
    }
  };
  return (
    <div class="devices">
      <h3>{t("Geräte im Messenger")}</h3>
      {error !== "" && <Notice>{error}</Notice>}
      <ul>
        {phone.devices.map((device) => (
          <li key={device.device_id} class={device.pinned ? "" : "strange"}>
            <div><b>{device.device_id}</b> <span class={`way ${device.pinned ? "good" : "late"}`}><Icon name={device.pinned ? "check" : "alert"} />{device.pinned ? t("bestätigt") : t("neu, wird abgelehnt")}</span></div>
            <code>{device.ed25519.replace(/(.{4})(?=.)/g, "$1 ")}</code>
            {!device.pinned && <>
              <p class="small">{t("Bekommt nichts, bis Sie es bestätigen. Vergleichen Sie die Zeichen mit denen auf dem Diensthandy (Element: Einstellungen, Sitzungen). Stimmen sie nicht, bestätigen Sie nicht.")}</p>
              <button type="button" class="second" aria-disabled={busy === device.device_id} onClick={() => void confirm(device)}>{t("Die Zeichen stimmen: bestätigen")}</button>
            </>}
          </li>
        ))}
      </ul>
    </div>
  );
}

function LostDialog({ person, own, onClose, onDone }: { person: Person; own: boolean; onClose: () => void; onDone: () => void }) {
  const house = useConsole();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const cut = async () => {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      await house.rota.cutOff(person.id);
      house.show(t("Das Diensthandy von {name} ist abgeschaltet.", { name: person.name }));
      onDone();
    } catch (problem) {
      setError(failure(problem));
      setBusy(false);
    }
  };
  return (
    <Dialog title={own ? t("Ihr Diensthandy ist weg?") : t("Das Diensthandy von {name} ist weg?", { name: person.name })} onClose={onClose}>
      {error !== "" && <Notice>{error}</Notice>}
      <p>{t("Es wird sofort abgeschaltet: Alle Anmeldungen enden, es bekommt keine Alarme und keine Nachrichten mehr, und es kann nichts mehr übernehmen.")}</p>
      <p class="soft">{own ? t("Sie werden auch hier abgemeldet. Offene Alarme gehen an die Nächsten.") : t("Offene Alarme gehen an die Nächsten. Ist das Handy wieder da, bestätigt {name} es einfach neu.", { name: person.name })}</p>
      <div class="sheet-actions"><button type="button" class="main danger" aria-disabled={busy} onClick={() => void cut()}>{busy ? t("Wird abgeschaltet …") : t("Ja, sofort abschalten")}</button><button type="button" class="second" onClick={onClose}>{t("Nein, es ist da")}</button></div>
    </Dialog>
  );
}

/** Notifications in this browser. */
function PushCard({ count, onChange }: { count: number; onChange: () => void }) {
  const house = useConsole();
  const [state, setState] = useState<PushState | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  useEffect(() => void pushState().then(setState, () => setState("unsupported")), []);
  // The browser may still hold a subscription that the server has cut off.
  const on = state === "on" && count > 0;
  const act = async (doing: () => Promise<void>, said: string) => {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      await doing();
      house.show(said);
    } catch (problem) {
      setError(failure(problem));
    } finally {
      setState(await pushState());
      setBusy(false);
      onChange();
    }
  };
  return (
    <div class="card-box">
      <div class="card-head"><h2>{t("Mitteilungen auf diesem Gerät")}</h2>{on && <span class="badge unread"><Icon name="check" />{t("An")}</span>}</div>
      {error !== "" && <Notice>{error}</Notice>}
      {state === "unsupported" && <p class="soft">{t("Dieser Browser kann keine Mitteilungen zeigen. Auf dem iPhone geht es, wenn Sie Kontakt zum Home-Bildschirm hinzufügen.")}</p>}
      {state === "denied" && <p class="soft">{t("Mitteilungen sind in diesem Browser verboten. Sie können sie in seinen Einstellungen für diese Seite erlauben.")}</p>}
      {(state === "off" || state === "on") && <p class="soft">{t("Eine Mitteilung sagt nur: Bitte sehen Sie nach. Sie klingelt auch, wenn die Seite zu ist.")}</p>}
      {!on && (state === "off" || state === "on") && <div class="card-actions"><button type="button" class="second" aria-disabled={busy} onClick={() => void act(() => switchOn(house.rota), t("Mitteilungen sind an."))}><Icon name="bell" />{busy ? t("Einen Moment …") : t("Einschalten")}</button></div>}
      {on && <div class="card-actions"><button type="button" class="second" onClick={() => void showSample()}>{t("Zeig mir eine")}</button><button type="button" class="second" aria-disabled={busy} onClick={() => void act(() => switchOff(house.rota), t("Mitteilungen sind aus."))}>{t("Ausschalten")}</button></div>}
      {count > 1 && <p class="small soft">{t("Eingeschaltet auf {n} Geräten.", { n: count })}</p>}
    </div>
  );
}
