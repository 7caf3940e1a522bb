/** Who can read here, since when, admitted by whom; and for leads: letting people in and out. */
import { useEffect, useState } from "preact/hooks";
import { fromBase64, sha256, toHex } from "../../lib/bytes.ts";
import { Admitting, readPeople, type TeamPeople } from "../admitting.ts";
import { dated, moment } from "../clock.ts";
import { useConsole, useSession } from "../console.ts";
import { failure } from "../faults.ts";
import { teamName } from "../labels.ts";
import type { Member } from "../people_api.ts";
import type { Reader, Roll, Statement, TeamRole } from "../roll.ts";
import { t, tn } from "../words.ts";
import { EndDialog, InviteDialog, LetInDialog, RecoveryDialog, RoleDialog } from "./people_dialogs.tsx";
import { Dialog, Icon, Notice, ViewTitle } from "./parts.tsx";
import { TeamKeyCard } from "./team_key.tsx";

export function teamRoleName(role: TeamRole): string {
  return { counsellor: t("Beratung"), lead: t("Leitung"), supervisor: t("Supervision") }[role];
}

type Open = { readonly what: "invite" } | { readonly what: "menu" | "let in" | "role" | "end" | "recovery"; readonly member: Member };

export function PeopleView() {
  const house = useConsole();
  const session = useSession();
  const [team, setTeam] = useState(session.teams.find((id) => session.roles[id] === "lead") ?? session.teams[0] ?? "");
  const [found, setFound] = useState<TeamPeople | null>(null);
  const [error, setError] = useState("");
  const [open, setOpen] = useState<Open | null>(null);

  const load = async () => {
    if (team === "") return;
    setError("");
    try {
      setFound(await readPeople(house.people, session, team));
    } catch (problem) {
      setError(failure(problem));
    }
  };
  useEffect(() => { setFound(null); void load(); }, [team]);
  const done = (told: string) => { setOpen(null); house.show(told); void load(); };
  const lead = found?.mine === "lead";
  const sound = found?.roll.broken === null;
  const admitting = new Admitting(house.people, session);
  const close = () => setOpen(null);

  return (
    <section class="pane page people">
      <ViewTitle focus="people">{t("Wer hier liest")}</ViewTitle>
      <p class="soft">{t("Jede Änderung ist unterschrieben und hängt an der vorigen. Dieser Browser prüft das selbst; der Server kann nichts hinzufügen.")}</p>
      {session.teams.length > 1 && (
        <label class="field"><span>{t("Team")}</span>
          <select value={team} onChange={(event) => setTeam(event.currentTarget.value)}>{session.teams.map((id) => <option key={id} value={id}>{teamName(session.directory, id)}</option>)}</select></label>
      )}
      {team === "" && <Notice kind="plain">{t("Sie gehören noch zu keinem Team.")}</Notice>}
      {error !== "" && <Notice>{error} <button type="button" class="link" onClick={() => void load()}>{t("Noch einmal versuchen")}</button></Notice>}
      {team !== "" && found === null && error === "" && <p role="status">{t("Wird geprüft …")}</p>}
      {found !== null && (
        <>
          {found.roll.broken !== null && <Notice kind="alarm">{t("Das Protokoll stimmt nicht, ab Eintrag {n}. Bitte lassen Sie niemanden hinein, und rufen Sie die anderen Leitungen an.", { n: found.roll.broken })}</Notice>}
          {sound && found.roll.statements.length > 0 && <p class="way good"><Icon name="check" />{tn("Geprüft: ein Eintrag, lückenlos.", "Geprüft: {n} Einträge, lückenlos.", found.roll.statements.length)}</p>}
          <ul class="cards">
            {found.people.people.map((member) => <PersonRow key={member.id} member={member} roll={found.roll} people={found.people.people} {...(lead && sound ? { onMenu: () => setOpen({ what: "menu", member }) } : {})} />)}
          </ul>
          {lead && sound && <div class="sheet-actions"><button type="button" class="main" onClick={() => setOpen({ what: "invite" })}><Icon name="plus" />{t("Jemanden einladen")}</button></div>}
          {found.mine !== "supervisor" && <TeamKeyCard found={found} lead={lead && sound} admitting={admitting} onDone={done} onChange={() => void load()} />}
          <History roll={found.roll} people={found.people.people} />
        </>
      )}
      {found !== null && open?.what === "invite" && <InviteDialog found={found} admitting={admitting} onClose={() => { close(); void load(); }} />}
      {found !== null && open?.what === "menu" && <PersonMenu member={open.member} roll={found.roll} me={session.member.id} onClose={close} onChosen={(what) => setOpen({ what, member: open.member })} />}
      {found !== null && open?.what === "let in" && <LetInDialog found={found} member={open.member} admitting={admitting} onClose={close} onDone={done} />}
      {found !== null && open?.what === "role" && <RoleDialog found={found} member={open.member} admitting={admitting} onClose={close} onDone={done} />}
      {found !== null && open?.what === "end" && <EndDialog found={found} member={open.member} admitting={admitting} onClose={close} onDone={done} />}
      {found !== null && open?.what === "recovery" && <RecoveryDialog found={found} member={open.member} admitting={admitting} onClose={() => { close(); void load(); }} onDone={done} />}
    </section>
  );
}

/** What the log and the server together say about one person; where they disagree, it is told. */
export function standingOf(member: Member, roll: Roll): "reads" | "role only" | "waits" | "invited" | "unsigned" | "other key" {
  const reader = roll.readers.get(member.id);
  if (member.kem === null) return "invited";
  const hash = toHex(sha256(fromBase64(member.kem)));
  if (reader?.standing === "reading") return reader.kemHash !== hash ? "other key" : member.role === "supervisor" ? "role only" : "reads";
  return member.epochs.length > 0 ? "unsigned" : "waits";
}

function nameOf(people: readonly Member[], id: string): string {
  return id === "" ? t("dem Schlüssel des Teams") : (people.find((one) => one.id === id)?.name ?? id);
}

function PersonRow({ member, roll, people, onMenu }: { member: Member; roll: Roll; people: readonly Member[]; onMenu?: () => void }) {
  const reader: Reader | undefined = roll.readers.get(member.id);
  const standing = standingOf(member, roll);
  return (
    <li class="card-box phone-row person-row">
      <div>
        <b>{member.name}</b> <span class="soft small">{member.id}</span>
        <span class="badge">{teamRoleName(member.role)}</span>
        {standing === "reads" && reader && <span class="way good"><Icon name="check" />{t("Liest seit {day}, zugelassen von {name}.", { day: dated(reader.since), name: nameOf(people, reader.by) })}</span>}
        {standing === "role only" && <span class="way good"><Icon name="check" />{t("Liest nur, was für die Supervision freigegeben wird.")}</span>}
        {standing === "waits" && <span class="way late"><Icon name="clock" />{t("Hat einen Schlüssel gemacht und wartet auf die Freigabe.")}</span>}
        {standing === "invited" && <span class="way"><Icon name="clock" />{t("Eingeladen, noch ohne Schlüssel.")}</span>}
        {standing === "unsigned" && <span class="way late"><Icon name="alert" />{t("Hat eine Freigabe ohne gültigen Eintrag. Bitte klären.")}</span>}
        {standing === "other key" && <span class="way late"><Icon name="alert" />{t("Hat einen anderen Schlüssel als den zugelassenen. Bitte klären.")}</span>}
        {reader?.secrecy && <span class="small soft">{t("Zur Verschwiegenheit verpflichtet am {day}.", { day: dated(reader.secrecy) })}</span>}
        {member.recovery !== null && <span class="way late"><Icon name="clock" />{t("{name} bittet um einen neuen Zugang. Eine zweite Leitung muss zustimmen.", { name: nameOf(people, member.recovery) })}</span>}
      </div>
      {onMenu && <button type="button" class="icon-button" aria-haspopup="dialog" aria-label={t("Was tun mit {name}?", { name: member.name })} onClick={onMenu}><Icon name="more" /></button>}
    </li>
  );
}

function PersonMenu({ member, roll, me, onClose, onChosen }: { member: Member; roll: Roll; me: string; onClose: () => void; onChosen: (what: "let in" | "role" | "end" | "recovery") => void }) {
  const standing = standingOf(member, roll);
  return (
    <Dialog title={member.name} onClose={onClose}>
      <ul class="menu">
        {standing !== "invited" && standing !== "reads" && standing !== "role only" && <li><button type="button" onClick={() => onChosen("let in")}><Icon name="check" />{t("Wörter vergleichen und freigeben …")}</button></li>}
        <li><button type="button" onClick={() => onChosen("role")}><Icon name="person" />{t("Aufgabe im Team ändern …")}</button></li>
        {member.state === "enrolled" && member.id !== me && <li><button type="button" onClick={() => onChosen("recovery")}><Icon name="lock" />{t("Passphrase oder Gerät verloren …")}</button></li>}
        <li><button type="button" class="alarm" onClick={() => onChosen("end")}><Icon name="exit" />{member.id === me ? t("Ich verlasse das Team …") : t("Zugang beenden …")}</button></li>
      </ul>
    </Dialog>
  );
}

function sentence(said: Statement, people: readonly Member[]): string {
  const values = { by: nameOf(people, said.by), name: nameOf(people, said.member), role: said.role === null ? "" : teamRoleName(said.role), n: said.epoch ?? 0, other: nameOf(people, said.asked) };
  switch (said.act) {
    case "invited": return t("{name} eingeladen ({role}), von {by}.", values);
    case "granted": return t("{name} zugelassen, von {by}.", values);
    case "role": return t("{name} ist jetzt: {role}. Eingetragen von {by}.", values);
    case "revoked": return t("Zugang von {name} beendet, von {by}.", values);
    case "recovered": return t("{name} bekommt einen neuen Schlüssel: beschlossen von {other} und {by}.", values);
    case "epoch": return t("Neuer Schlüssel des Teams (Nummer {n}), gemacht von {by}.", values);
  }
}

function History({ roll, people }: { roll: Roll; people: readonly Member[] }) {
  return (
    <details class="card-box history">
      <summary>{t("Protokoll")}</summary>
      {roll.statements.length === 0 && <p class="soft">{t("Noch kein Eintrag.")}</p>}
      <ol reversed>
        {[...roll.statements].reverse().map((said) => <li key={said.number}><span class="small soft">{moment(said.at)}</span> {sentence(said, people)}</li>)}
      </ol>
    </details>
  );
}
