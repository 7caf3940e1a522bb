/** A picture or voice message in the thread: fetched on a tap, shown only as what its bytes say it is, saved unchanged. */
import { useEffect, useRef, useState } from "preact/hooks";
import { isClientError } from "../../lib/errors.ts";
import type { Attached } from "../api.ts";
import { fetchAttachment, type Found } from "../attachments.ts";
import { useConsole, useSession } from "../console.ts";
import { failure } from "../faults.ts";
import { size } from "../labels.ts";
import type { Facts } from "../thread.ts";
import { t } from "../words.ts";
import { Icon } from "./parts.tsx";

export function AttachmentView({ mailbox, team, attached, facts }: { mailbox: string; team: string; attached: Attached; facts: Facts | null }) {
  const house = useConsole();
  const { keyring } = useSession();
  const [found, setFound] = useState<Found | null>(null);
  const [told, setTold] = useState("");
  const [busy, setBusy] = useState(false);
  const alive = useRef(true);
  useEffect(() => () => { alive.current = false; }, []);

  const fetchIt = async () => {
    if (busy || facts === null) return;
    setBusy(true);
    setTold("");
    try {
      const opened = await fetchAttachment(house.api, keyring, mailbox, team, attached, facts);
      if (!alive.current) return;
      if (opened === "missing") setTold(t("Verschlossen für einen Schlüssel des Teams, den Sie nicht haben. Ihre Leitung kann ihn freigeben."));
      else setFound(opened);
    } catch (problem) {
      if (!alive.current) return;
      if (isClientError(problem, "signature_forged")) setTold(t("Gefälscht. Dieser Anhang ist nicht von der Person und wird nicht gezeigt. Bitte sagen Sie Ihrer Leitung Bescheid."));
      else if (isClientError(problem)) setTold(t("Beschädigt. Dieser Anhang lässt sich nicht öffnen."));
      else setTold(failure(problem));
    } finally {
      if (alive.current) setBusy(false);
    }
  };

  return (
    <div class="attachment">
      {found === null ? (
        <button type="button" class="second" aria-disabled={busy || facts === null} onClick={() => void fetchIt()}>
          <Icon name="clip" />{busy ? t("Wird aufgeschlossen …") : t("Anhang öffnen (bis {size})", { size: size(attached.size) })}
        </button>
      ) : <Opened found={found} />}
      {told !== "" && <p class="proof alarm" role="alert"><Icon name="alert" /><span>{told}</span></p>}
    </div>
  );
}

function Opened({ found }: { found: Found }) {
  const claimed = found.claimed || t("nichts");
  const [address, setAddress] = useState("");
  useEffect(() => {
    // Bytes of a stranger: to the browser they are what we recognised, and to be saved they are nothing but bytes.
    const made = URL.createObjectURL(new Blob([found.content], { type: found.show === null ? "application/octet-stream" : found.type }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [found]);
  const save = () => {
    const made = URL.createObjectURL(new Blob([found.content], { type: "application/octet-stream" }));
    const link = document.createElement("a");
    link.href = made;
    link.download = found.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(made), 60_000);
  };
  return (
    <figure>
      {address !== "" && found.show === "picture" && <img src={address} alt={t("Bild der Person: {name}", { name: found.name })} />}
      {address !== "" && found.show === "sound" && <audio src={address} controls preload="metadata" aria-label={t("Sprachnachricht der Person: {name}", { name: found.name })} />}
      <figcaption>
        <span><b>{found.name}</b> · {found.show === null ? t("Art unbekannt") : found.type} · {size(found.content.length)}</span>
        {found.show === null && <p class="proof warn"><Icon name="alert" /><span>{t("Das ist weder ein Bild noch eine Sprachnachricht, die hier gezeigt werden kann. Angegeben war: {type}.", { type: claimed })}</span></p>}
        {found.show !== null && found.claimed !== "" && found.claimed !== found.type && !alike(found) && <p class="proof warn"><Icon name="alert" /><span>{t("Angegeben war {type}. Gezeigt wird, was es wirklich ist.", { type: found.claimed })}</span></p>}
        <p class="proof ok"><Icon name="check" />{t("Unterschrift der Person geprüft")}</p>
        <p class="plain">{found.show === "picture" && <>{t("In Bildern stehen oft Ort, Zeit und Gerät.")} </>}{t("Nichts daran ist geändert. Speichern Sie nur, was Sie brauchen, auf einem dienstlichen Gerät.")}</p>
        <button type="button" class="second" onClick={save}>{t("Unverändert speichern")}</button>
      </figcaption>
    </figure>
  );
}

/** Two names for the same kind of recording are no reason to wonder. */
function alike({ show, claimed }: Found): boolean {
  return show === "sound" && /^(audio|video)\/(ogg|opus|mp4|m4a|aac|webm|mpeg|mp3|x-m4a|wav|x-wav)/.test(claimed);
}
