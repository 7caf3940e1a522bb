/** The thread: letters of the person, answers and notes of the team, each with what its signature proves. */
import { useEffect, useState } from "preact/hooks";
import { day, moment } from "../clock.ts";
import { useConsole, useSession } from "../console.ts";
import { languageName, phenomenonName, roleName } from "../labels.ts";
import type { Contact } from "../api.ts";
import type { Facts, Item } from "../thread.ts";
import { t } from "../words.ts";
import { AttachmentView } from "./attachment.tsx";
import { Icon } from "./parts.tsx";
import { SafeText } from "./safe_text.tsx";

/** What the person ticked. Read from the sealed first message; the server knows none of it. */
export function FactsCard({ facts }: { facts: Facts }) {
  const house = useConsole();
  const { directory } = useSession();
  const [kreis, setKreis] = useState(facts.kreis ?? "");
  useEffect(() => {
    if (facts.kreis === null) return;
    let current = true;
    const wanted = facts.kreis;
    void house.placeName(wanted).then((name) => { if (current) setKreis(name); });
    return () => { current = false; };
  }, [facts.kreis]);
  const carrier = (id: string) => directory.carriers.find((each) => each.id === id)?.name ?? id;
  return (
    <dl class="facts">
      <div><dt>{t("Wer")}</dt><dd>{roleName(facts.role)}</dd></div>
      {facts.phenomena.length > 0 && <div><dt>{t("Thema")}</dt><dd>{facts.phenomena.map(phenomenonName).join(", ")}</dd></div>}
      <div><dt>{t("Wo")}</dt><dd>{facts.kreis === null ? t("keine Angabe") : kreis}</dd></div>
      <div><dt>{t("Sprache")}</dt><dd>{languageName(facts.lang)}</dd></div>
      {(facts.wishes.only_civil || facts.wishes.not_carriers.length > 0) && (
        <div class="wish"><dt>{t("Unbedingt")}</dt><dd>
          {facts.wishes.only_civil && <span>{t("Nur nicht staatlich")}</span>}
          {facts.wishes.not_carriers.map((id) => <span key={id}>{t("Nicht: {name}", { name: carrier(id) })}</span>)}
        </dd></div>
      )}
    </dl>
  );
}

export function Letters({ items, contact, facts }: { items: readonly Item[]; contact: Contact; facts: Facts | null }) {
  return <ol class="letters">{items.map((item) => <Letter key={item.id} item={item} contact={contact} facts={facts} />)}</ol>;
}

function Letter({ item, contact, facts }: { item: Item; contact: Contact; facts: Facts | null }) {
  const attached = item.author === "note" ? [] : contact.attachments.filter(({ after }) => after === item.number);
  const heading = { person: t("Die Person"), team: item.by === "" ? t("Das Team") : item.by, note: item.by === "" ? t("Notiz") : t("Notiz von {name}", { name: item.by }) }[item.author];
  const genuine = item.standing === "genuine";
  return (
    <li class={`letter ${item.author} ${item.standing}`}>
      <div class="letter-head">
        <h2>{genuine ? heading : t("Nicht zu öffnen")}</h2>
        <span class="when">{genuine && item.sent !== "" ? moment(item.sent) : day(item.day)}</span>
      </div>
      {genuine && <SafeText text={item.text} />}
      {attached.map((one) => <AttachmentView key={one.number} mailbox={contact.mailbox} team={contact.team} attached={one} facts={facts} />)}
      {genuine && <p class="proof ok"><Icon name="check" />{{ person: t("Unterschrift der Person geprüft"), team: t("Unterschrift des Teams geprüft"), note: t("Nur fürs Team · Unterschrift geprüft") }[item.author]}</p>}
      {item.standing === "forged" && <p class="proof alarm"><Icon name="alert" /><span><b>{t("Gefälscht.")}</b> {{
        person: t("Diese Nachricht ist nicht von der Person. Ihr Text wird nicht gezeigt. Bitte sagen Sie Ihrer Leitung Bescheid."),
        team: t("Diese Antwort ist nicht vom Team. Ihr Text wird nicht gezeigt. Bitte sagen Sie Ihrer Leitung Bescheid."),
        note: t("Diese Notiz ist nicht vom Team. Ihr Text wird nicht gezeigt. Bitte sagen Sie Ihrer Leitung Bescheid."),
      }[item.author]}</span></p>}
      {item.standing === "unreadable" && <p class="proof warn"><Icon name="alert" /><span><b>{t("Beschädigt.")}</b> {t("Dieser Umschlag lässt sich nicht öffnen. Der Rest der Anfrage ist davon nicht betroffen.")}</span></p>}
      {item.standing === "missing" && <p class="proof warn"><Icon name="lock" /><span><b>{t("Anderer Schlüssel.")}</b> {t("Verschlossen für einen Schlüssel des Teams, den Sie nicht haben. Ihre Leitung kann ihn freigeben.")}</span></p>}
    </li>
  );
}
