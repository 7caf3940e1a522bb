/** The lock, always in sight, and the way out. */
import { useConsole } from "../console.ts";
import { useStore } from "../store.ts";
import { t } from "../words.ts";
import { Icon } from "./parts.tsx";

export function LockButton() {
  const house = useConsole();
  const left = useStore(house.session.secondsLeft);
  const soon = left > 0 && left <= 30;
  const when = left > 60 ? t("{n} Min.", { n: Math.round(left / 60) }) : t("{n} Sek.", { n: left });
  return (
    <button type="button" class={`lock${soon ? " soon" : ""}`} aria-label={t("Jetzt sperren. Sperrt ohne Benutzung in {when}", { when })} title={t("Jetzt sperren")}
      onClick={() => house.session.lock("asked")}>
      <Icon name="unlocked" /><span>{left > 0 ? when : ""}</span>
    </button>
  );
}

/** Said once, thirty seconds before: any key or touch keeps the console open. */
export function LockWarning() {
  const left = useStore(useConsole().session.secondsLeft);
  return <div class="spoken" role="status">{left > 0 && left <= 30 ? t("Sperrt in 30 Sekunden. Jede Taste hält offen.") : ""}</div>;
}

export function ExitButton() {
  const house = useConsole();
  return (
    <button type="button" class="leave" onClick={() => house.leave()}>
      <span>{t("Verlassen")}</span><Icon name="exit" />
    </button>
  );
}
