/** On the telephone: the way to the other rooms. */
import { useState } from "preact/hooks";
import { useConsole } from "../console.ts";
import type { Place } from "../router.ts";
import { t } from "../words.ts";
import { Dialog, Icon, type IconName } from "./parts.tsx";

export function MenuButton({ sections }: { sections: readonly { readonly place: Place; readonly icon: IconName; readonly name: () => string }[] }) {
  const house = useConsole();
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="bar-only" aria-haspopup="dialog" onClick={() => setOpen(true)}><Icon name="menu" /><span class="name">{t("Mehr")}</span></button>
      {open && (
        <Dialog title={t("Bereiche")} onClose={() => setOpen(false)}>
          <ul class="menu">
            {sections.map((section) => (
              <li key={section.icon}><button type="button" onClick={() => { setOpen(false); house.router.go(section.place); }}><Icon name={section.icon} />{section.name()}</button></li>
            ))}
            <li><button type="button" onClick={() => { setOpen(false); house.session.lock("asked"); }}><Icon name="lock" />{t("Jetzt sperren")}</button></li>
          </ul>
        </Dialog>
      )}
    </>
  );
}
