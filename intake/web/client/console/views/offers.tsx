/** What other teams offer: a covering letter and headers; the person's own words only after the yes. */
import { useEffect, useState } from "preact/hooks";
import { age, dated } from "../clock.ts";
import { useConsole, useSession } from "../console.ts";
import { failure } from "../faults.ts";
import { type Letter, type Offer, openLetter, RETURN_REASONS, type ReturnReason } from "../handover.ts";
import { reference, teamName } from "../labels.ts";
import { useStore } from "../store.ts";
import { t, tn } from "../words.ts";
import { purposeName, returnName } from "./handover.tsx";
import { Dialog, Icon, Notice, ViewTitle } from "./parts.tsx";
import { SafeText } from "./safe_text.tsx";

const LOOK_MS = 60_000;

export function OfferStrip() {
  const house = useConsole();
  const offers = useStore(house.offered);
  const place = useStore(house.router.place);
  useEffect(() => {
    void house.lookForOffers();
    const timer = setInterval(() => void house.lookForOffers(), LOOK_MS);
    return () => clearInterval(timer);
  }, [house]);
  if (offers.length === 0 || place.section === "offers") return null;
  return (
    <button type="button" class="strip" onClick={() => house.router.go({ section: "offers" })}>
      <Icon name="handover" /><span>{tn("Ein anderes Team bietet eine Anfrage an.", "Andere Teams bieten {n} Anfragen an.", offers.length)}</span><b>{t("Lesen")}</b>
    </button>
  );
}

export function OffersView() {
  const house = useConsole();
  const offers = useStore(house.offered);
  const [error, setError] = useState("");
  const [returning, setReturning] = useState<Offer | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => void house.lookForOffers(), []);
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
    void house.lookForOffers();
  };
  const accept = (offer: Offer) => void act(async () => {
    const mailbox = await house.handovers.accept(offer.handover.id);
    house.say(t("Sie haben diese Anfrage übernommen."));
    house.router.go({ section: "contacts", box: "mine", mailbox });
  });
  const giveBack = (offer: Offer, reason: ReturnReason) => void act(async () => {
    await house.handovers.giveBack(offer.handover.id, reason);
    setReturning(null);
    house.show(t("Zurückgegeben. Das andere Team sieht Ihren Grund."));
  });
  return (
    <section class="pane page offers">
      <ViewTitle focus="offers">{t("Angebote anderer Teams")}</ViewTitle>
      <p class="soft">{t("Was die Person geschrieben hat, lesen Sie erst, wenn Sie übernehmen. Sie ist einverstanden und sieht, wie Sie sich entscheiden.")}</p>
      {error !== "" && <Notice>{error}</Notice>}
      {offers.length === 0 && <p class="soft">{t("Gerade bietet niemand etwas an.")}</p>}
      <ul class="cards">{offers.map((offer) => <OfferCard key={offer.handover.id} offer={offer} busy={busy} onAccept={() => accept(offer)} onReturn={() => setReturning(offer)} />)}</ul>
      {returning !== null && <ReturnDialog busy={busy} onClose={() => setReturning(null)} onChosen={(reason) => giveBack(returning, reason)} />}
    </section>
  );
}

function OfferCard({ offer, busy, onAccept, onReturn }: { offer: Offer; busy: boolean; onAccept: () => void; onReturn: () => void }) {
  const { keyring, directory } = useSession();
  const { handover, contact } = offer;
  const how = handover.consent === "thread" ? t("unterschrieben in den Nachrichten") : t("dem Team gesagt");
  const [letter, setLetter] = useState<Letter | "refused" | null>(null);
  useEffect(() => void openLetter(contact.mailbox, handover, keyring, directory).then(setLetter, () => setLetter("refused")), [handover.id]);
  return (
    <li class="card-box">
      <h2>{t("Von {team}", { team: teamName(directory, handover.from_team) })}</h2>
      <p><b>{purposeName(handover.purpose)}</b> · {t("Anfrage {ref}", { ref: reference(contact) })} · {age(contact.received)}{contact.urgent && <span class="badge urgent">{t("Dringend")}</span>}</p>
      <p>{t("Für: {team}. Einverständnis vom {day}, {how}.", { team: teamName(directory, handover.to_team), day: dated(handover.consent_day ?? handover.changed), how })}</p>
      {letter === null && <p role="status">{t("Wird aufgeschlossen …")}</p>}
      {letter === "refused" && <Notice kind="alarm">{t("Der Begleitbrief ist nicht echt, oder Ihnen fehlt der Schlüssel. Bitte übernehmen Sie nicht, und rufen Sie das andere Team an.")}</Notice>}
      {letter !== null && letter !== "refused" && (
        <>
          {letter.consent.words !== "" && <div class="soft">{t("Worte des Einverständnisses:")} <SafeText text={letter.consent.words} /></div>}
          {letter.text !== "" && <blockquote class="question"><SafeText text={letter.text} /></blockquote>}
          <p class="small soft">{tn("Ein Brief im Verlauf. Begleitbrief von {name}.", "{n} Briefe im Verlauf. Begleitbrief von {name}.", letter.keys.length, { name: letter.by })}</p>
        </>
      )}
      <div class="sheet-actions"><button type="button" class="main" aria-disabled={busy || typeof letter !== "object" || letter === null} onClick={() => { if (typeof letter === "object" && letter !== null) onAccept(); }}>{t("Wir übernehmen")}</button><button type="button" class="second" onClick={onReturn}>{t("Zurückgeben …")}</button></div>
    </li>
  );
}

function ReturnDialog({ busy, onClose, onChosen }: { busy: boolean; onClose: () => void; onChosen: (reason: ReturnReason) => void }) {
  const [reason, setReason] = useState<ReturnReason>("not_responsible");
  return (
    <Dialog title={t("Zurückgeben")} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); if (!busy) onChosen(reason); }}>
        <fieldset class="picks"><legend>{t("Warum?")}</legend>
          {RETURN_REASONS.map((each) => <label class="pick" key={each}><input type="radio" name="return-reason" checked={reason === each} onChange={() => setReason(each)} /><span>{returnName(each)}</span></label>)}
        </fieldset>
        <div class="sheet-actions"><button type="submit" class="main" aria-disabled={busy}>{t("Zurückgeben")}</button><button type="button" class="second" onClick={onClose}>{t("Abbrechen")}</button></div>
      </form>
    </Dialog>
  );
}
