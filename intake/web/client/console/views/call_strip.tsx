/** In a contact: that somebody wants to be called, or was. */
import { useEffect, useState } from "preact/hooks";
import { standingOf } from "../call_labels.ts";
import type { CallState, Due } from "../callbacks.ts";
import { useConsole } from "../console.ts";
import { t } from "../words.ts";
import { Icon } from "./parts.tsx";

function endedName(state: CallState): string {
  const names: Partial<Record<CallState, string>> = {
    reached: t("Rückruf: erreicht"), not_reached: t("Rückruf: nicht erreicht. Die Person liest, dass wir es versucht haben."),
    withdrawn: t("Rückruf: abgesagt. Bitte nicht anrufen."), expired: t("Rückruf: niemand hat angerufen. Bitte schreiben Sie der Person."),
  };
  return names[state] ?? "";
}

export function CallStrip({ mailbox }: { mailbox: string }) {
  const house = useConsole();
  const [due, setDue] = useState<Due | null>(null);
  useEffect(() => {
    let alive = true;
    // Without it the contact can be read all the same.
    house.callbacks.of(mailbox).then((found) => { if (alive) setDue(found); }, () => undefined);
    return () => { alive = false; };
  }, [mailbox]);
  if (due === null) return null;
  const over = endedName(due.state);
  if (over !== "") return <p class="call-strip"><Icon name="call" /><span>{over}</span></p>;
  return (
    <p class="call-strip"><Icon name="call" /><span>{t("Rückruf: {when}", { when: standingOf(due) })} <button type="button" class="link" onClick={() => house.router.go({ section: "callbacks", mailbox })}>{t("Öffnen")}</button></span></p>
  );
}
