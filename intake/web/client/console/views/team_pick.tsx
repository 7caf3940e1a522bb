/** One of my teams. What was picked in one room of the duty is picked in the others, too. */
import { useConsole, useSession } from "../console.ts";
import { teamName } from "../labels.ts";
import { useStore } from "../store.ts";
import { t } from "../words.ts";

export function useTeam(): [string, (team: string) => void] {
  const house = useConsole();
  const { teams, directory } = useSession();
  const picked = useStore(house.dutyTeam);
  // Duty is most often kept by a regional centre, less often by the network above it.
  const likely = teams.find((team) => directory.teams.some(({ id, role }) => id === team && role === "regional_centre")) ?? teams[0] ?? "";
  return [teams.includes(picked) ? picked : likely, (team) => house.dutyTeam.set(team)];
}

export function TeamPick({ team, onPick }: { team: string; onPick: (team: string) => void }) {
  const { teams, directory } = useSession();
  if (teams.length < 2) return null;
  return <label class="field team-pick"><span class="spoken">{t("Team")}</span><select value={team} onChange={(event) => onPick(event.currentTarget.value)}>{teams.map((each) => <option key={each} value={each}>{teamName(directory, each)}</option>)}</select></label>;
}
