/** What a lead does with one person: invite, compare and let in, role, end, recovery by two. */
import { useState } from "preact/hooks";
import type { Admitting, Invitation, TeamPeople } from "../admitting.ts";
import { wordsOf } from "../admitting.ts";
import { useConsole, useSession } from "../console.ts";
import { failure } from "../faults.ts";
import type { Member } from "../people_api.ts";
import { TEAM_ROLES, type TeamRole } from "../roll.ts";
import { t } from "../words.ts";
import { today } from "../zone.ts";
import { Dialog, Fingerprint, Notice } from "./parts.tsx";
import { teamRoleName } from "./people.tsx";

interface Props { readonly found: TeamPeople; readonly member: Member; readonly admitting: Admitting; readonly onClose: () => void; readonly onDone: (told: string) => void }

/** One thing at a time; what went wrong stays in the dialog as a sentence. */
function useWork(): { busy: boolean; error: string; act: (work: () => Promise<void>) => Promise<void> } {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const act = async (work: () => Promise<void>) => {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      await work();
    } catch (problem) {
      setError(failure(problem));
    }
    setBusy(false);
  };
  return { busy, error, act };
}

function RoleChoice({ role, onChange }: { role: TeamRole; onChange: (role: TeamRole) => void }) {
  const told: Record<TeamRole, string> = {
    counsellor: t("Liest und beantwortet die Anfragen des Teams."),
    lead: t("Wie Beratung, und lässt andere hinein."),
    supervisor: t("Bekommt keinen Schlüssel. Liest nur, was freigegeben wird."),
  };
  return (
    <fieldset class="picks"><legend>{t("Aufgabe im Team")}</legend>
      {TEAM_ROLES.map((each) => <label class="pick" key={each}><input type="radio" name="team-role" checked={role === each} onChange={() => onChange(each)} /><span><b>{teamRoleName(each)}</b><small class="soft">{told[each]}</small></span></label>)}
    </fieldset>
  );
}

function TwoWays({ invitation }: { invitation: Invitation }) {
  const house = useConsole();
  const copy = () => void navigator.clipboard.writeText(invitation.link).then(() => house.show(t("Der Link ist kopiert.")), () => undefined);
  return (
    <>
      <p>{t("Schicken Sie den Link auf einem Weg, und sagen Sie die sechs Wörter auf einem anderen, am besten am Telefon. Beides gilt drei Tage und nur ein Mal.")}</p>
      <label class="field"><span>{t("Der Link, zum Beispiel für eine E-Mail")}</span><input type="text" class="invitation-link" readOnly value={invitation.link} onFocus={(event) => event.currentTarget.select()} /></label>
      <button type="button" class="second" onClick={copy}>{t("Link kopieren")}</button>
      <p class="soft">{t("Die Wörter, zum Vorlesen:")}</p>
      <p class="drawn invitation-words" translate={false}>{invitation.words}</p>
    </>
  );
}

export function InviteDialog({ found, admitting, onClose }: { found: TeamPeople; admitting: Admitting; onClose: () => void }) {
  const [name, setName] = useState("");
  const [id, setId] = useState("");
  const [role, setRole] = useState<TeamRole>("counsellor");
  const [made, setMade] = useState<Invitation | "known" | null>(null);
  const [fault, setFault] = useState("");
  const { busy, error, act } = useWork();
  const invite = () => {
    const account = id.trim().toLowerCase();
    if (name.trim() === "") return setFault(t("Wie heißt die Person im Team?"));
    if (!/^[a-z][a-z0-9._-]{0,31}$/.test(account)) return setFault(t("Der Name in diesem Dienst: kleine Buchstaben und Ziffern, am Anfang ein Buchstabe."));
    setFault("");
    void act(async () => setMade((await admitting.invite(found, account, name.trim(), role)) ?? "known"));
  };
  return (
    <Dialog title={made === null ? t("Jemanden einladen") : t("Einladung für {name}", { name })} onClose={onClose}>
      {made === null && (
        <form onSubmit={(event) => { event.preventDefault(); invite(); }}>
          {(fault || error) !== "" && <Notice>{fault || error}</Notice>}
          <label class="field"><span>{t("Name, wie ihn alle im Team sehen")}</span><input type="text" maxLength={80} value={name} onInput={(event) => setName(event.currentTarget.value)} /></label>
          <label class="field"><span>{t("Name in diesem Dienst, zum Anmelden")}</span><input type="text" autocapitalize="none" autocorrect="off" spellcheck={false} maxLength={32} value={id} onInput={(event) => setId(event.currentTarget.value)} /></label>
          <RoleChoice role={role} onChange={setRole} />
          <div class="sheet-actions"><button type="submit" class="main" aria-disabled={busy}>{busy ? t("Einen Moment …") : t("Einladung machen")}</button></div>
        </form>
      )}
      {made === "known" && <p>{t("{name} hat schon einen Zugang bei Ihrem Träger und sieht das Team ab jetzt. Vergleichen Sie noch die acht Wörter, und geben Sie den Schlüssel frei.", { name })}</p>}
      {made !== null && made !== "known" && <TwoWays invitation={made} />}
      {made !== null && <div class="sheet-actions"><button type="button" class="main" onClick={onClose}>{t("Fertig")}</button></div>}
    </Dialog>
  );
}

export function LetInDialog({ found, member, admitting, onClose, onDone }: Props) {
  const [same, setSame] = useState(false);
  const [secrecy, setSecrecy] = useState(member.secrecy ?? "");
  const [fault, setFault] = useState("");
  const { busy, error, act } = useWork();
  const letIn = () => {
    if (!same) return setFault(t("Bitte vergleichen Sie zuerst die acht Wörter."));
    if (secrecy === "" || secrecy > today()) return setFault(t("Ohne Verpflichtung auf Verschwiegenheit keine Freigabe. Bitte tragen Sie den Tag ein."));
    setFault("");
    void act(async () => {
      await admitting.letIn(found, member, secrecy);
      onDone(t("{name} kann ab der nächsten Anmeldung lesen.", { name: member.name }));
    });
  };
  return (
    <Dialog title={t("{name} freigeben", { name: member.name })} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); letIn(); }}>
        {(fault || error) !== "" && <Notice>{fault || error}</Notice>}
        <p>{t("Rufen Sie {name} an, unter einer Nummer, die Sie kennen. Lassen Sie sich die acht Wörter vorlesen. Das dauert eine halbe Minute.", { name: member.name })}</p>
        <Fingerprint words={wordsOf(member)} />
        <label class="pick"><input type="checkbox" checked={same} onChange={(event) => setSame(event.currentTarget.checked)} /><span>{t("Alle acht Wörter stimmen überein, und ich habe die Stimme erkannt.")}</span></label>
        <label class="field"><span>{t("Auf Verschwiegenheit verpflichtet am (§ 203 StGB, Datenschutz)")}</span><input type="date" max={today()} value={secrecy} onInput={(event) => setSecrecy(event.currentTarget.value)} /></label>
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={busy}>{busy ? t("Wird verschlossen …") : t("Freigeben")}</button><button type="button" class="second" onClick={onClose}>{t("Die Wörter stimmen nicht")}</button></div>
        <p class="small soft">{t("Stimmen sie nicht, hat jemand den Schlüssel unterwegs vertauscht. Geben Sie dann nichts frei, und laden Sie neu ein.")}</p>
      </form>
    </Dialog>
  );
}

export function RoleDialog({ found, member, admitting, onClose, onDone }: Props) {
  const [role, setRole] = useState<TeamRole>(member.role);
  const { busy, error, act } = useWork();
  return (
    <Dialog title={t("Aufgabe von {name}", { name: member.name })} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); void act(async () => { await admitting.changeRole(found, member.id, role); onDone(t("Eingetragen.")); }); }}>
        {error !== "" && <Notice>{error}</Notice>}
        <RoleChoice role={role} onChange={setRole} />
        {role === "supervisor" && member.role !== "supervisor" && <Notice kind="plain">{t("Wer bisher las, kennt den jetzigen Schlüssel. Machen Sie danach einen neuen Schlüssel fürs Team.")}</Notice>}
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={busy || role === member.role}>{busy ? t("Einen Moment …") : t("Eintragen")}</button><button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button></div>
      </form>
    </Dialog>
  );
}

export function EndDialog({ found, member, admitting, onClose, onDone }: Props) {
  const house = useConsole();
  const { member: me } = useSession();
  const { busy, error, act } = useWork();
  const end = () => void act(async () => {
    await admitting.revoke(found, member.id);
    if (member.id === me.id) house.session.lock("asked");
    else onDone(t("Der Zugang von {name} ist beendet. Jetzt braucht das Team einen neuen Schlüssel.", { name: member.name }));
  });
  return (
    <Dialog title={t("Zugang von {name} beenden?", { name: member.name })} onClose={onClose}>
      {error !== "" && <Notice>{error}</Notice>}
      <p>{t("Alle offenen Sitzungen enden sofort. Anfragen dieser Person gehen ans Team zurück. Diensthandy und Mitteilungen werden abgeschaltet, wenn es das letzte Team war.")}</p>
      <p>{t("Wer den Schlüssel des Teams kannte, kennt ihn weiter. Darum machen Sie danach einen neuen: Neues ist dann nur noch für die lesbar, die bleiben.")}</p>
      <div class="sheet-actions"><button type="button" class="main alarm" aria-disabled={busy} onClick={end}>{busy ? t("Einen Moment …") : t("Ja, beenden")}</button><button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button></div>
    </Dialog>
  );
}

export function RecoveryDialog({ found, member, admitting, onClose, onDone }: Props) {
  const house = useConsole();
  const { member: me } = useSession();
  const [made, setMade] = useState<{ invitation: Invitation; teams: readonly string[] } | null>(null);
  const { busy, error, act } = useWork();
  const team = found.people.team;
  const asked = member.recovery;
  return (
    <Dialog title={t("Neuer Zugang für {name}", { name: member.name })} onClose={onClose}>
      {error !== "" && <Notice>{error}</Notice>}
      {made !== null ? (
        <>
          <TwoWays invitation={made.invitation} />
          {made.teams.length > 0 && <Notice kind="plain">{t("Auch in diesen Teams muss die Leitung neu freigeben: {teams}", { teams: made.teams.join(", ") })}</Notice>}
          <div class="sheet-actions"><button type="button" class="main" onClick={onClose}>{t("Fertig")}</button></div>
        </>
      ) : asked === null ? (
        <>
          <p>{t("Eine Passphrase lässt sich nicht zurücksetzen. Zwei Leitungen können zusammen beschließen, dass {name} neue Schlüssel macht und neu freigegeben wird. Sie beginnen, die zweite Leitung stimmt zu.", { name: member.name })}</p>
          <div class="sheet-actions"><button type="button" class="main" aria-disabled={busy} onClick={() => void act(async () => { await house.people.askRecovery(member.id, team); onDone(t("Jetzt muss eine zweite Leitung zustimmen, innerhalb von drei Tagen.")); })}>{t("Zweite Leitung bitten")}</button><button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button></div>
        </>
      ) : (
        <>
          <p>{asked === me.id ? t("Sie haben darum gebeten. Zustimmen muss jemand anderes aus der Leitung.") : t("Haben Sie selbst mit {name} gesprochen? Mit Ihrem Ja enden der alte Schlüssel, alle Sitzungen und der zweite Faktor.", { name: member.name })}</p>
          <div class="sheet-actions">
            {asked !== me.id && <button type="button" class="main" aria-disabled={busy} onClick={() => void act(async () => setMade(await admitting.confirmRecovery(found, member)))}>{t("Ja, ich stimme zu")}</button>}
            <button type="button" class="second" aria-disabled={busy} onClick={() => void act(async () => { await house.people.refuseRecovery(member.id, team); onDone(t("Abgelehnt. Es bleibt, wie es war.")); })}>{asked === me.id ? t("Zurücknehmen") : t("Nein")}</button>
          </div>
        </>
      )}
    </Dialog>
  );
}
