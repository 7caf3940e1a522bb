/** My access: teams and their keys, the fingerprint, the lock. */
import { useConsole, useSession } from "../console.ts";
import type { Access } from "../keys.ts";
import { teamName } from "../labels.ts";
import { t } from "../words.ts";
import { OwnAccess } from "./own_access.tsx";
import { Fingerprint, Icon, Notice, ViewTitle } from "./parts.tsx";

function accessName(access: Access | undefined): string {
  switch (access) {
    case "open": return t("Freigegeben. Sie können lesen und antworten.");
    case "stale": return t("Das Team hat einen neuen Schlüssel. Ihre Leitung muss Sie noch einmal freigeben.");
    case "refused": return t("Die Freigabe ist nicht echt. Bitte rufen Sie Ihre Leitung an.");
    default: return t("Noch nicht freigegeben. Lesen Sie Ihrer Leitung die acht Wörter vor.");
  }
}

export function AccountView() {
  const house = useConsole();
  const { member, teams, keyring, directory, fingerprint, lockAfterS } = useSession();
  return (
    <section class="pane page">
      <ViewTitle focus="account">{t("Mein Zugang")}</ViewTitle>
      <p class="who"><Icon name="person" /><b>{member.name}</b> <span class="soft">{member.id}</span></p>
      <h2>{t("Meine Teams")}</h2>
      <ul class="access">
        {teams.map((team) => {
          const access = keyring.access.get(team);
          return <li key={team} class={access}><Icon name={access === "open" ? "check" : access === "refused" ? "alert" : "lock"} /><span><b>{teamName(directory, team)}</b><span>{accessName(access)}</span></span></li>;
        })}
      </ul>
      {teams.length === 0 && <Notice kind="plain">{t("Sie gehören noch zu keinem Team.")}</Notice>}
      <h2>{t("Mein Schlüssel in acht Wörtern")}</h2>
      <p class="soft">{t("Zum Vorlesen am Telefon. Die Wörter sind nicht geheim.")}</p>
      <Fingerprint words={fingerprint} />
      <OwnAccess />
      <h2>{t("Sperre")}</h2>
      <p>{t("Nach {n} Minuten ohne Benutzung werden alle Schlüssel aus diesem Gerät gelöscht. Ihre Entwürfe bleiben, verschlossen für Sie.", { n: Math.round(lockAfterS / 60) })}</p>
      <div class="sheet-actions">
        <button type="button" class="main" onClick={() => house.session.lock("asked")}><Icon name="lock" />{t("Jetzt sperren")}</button>
        <button type="button" class="second" onClick={() => house.session.leave()}>{t("Abmelden")}</button>
      </div>
      {house.drafts.any && <p class="small soft">{t("Beim Abmelden werden Ihre Entwürfe gelöscht.")}</p>}
    </section>
  );
}
