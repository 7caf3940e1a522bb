/** A trial message to a service phone: sent from here, and what became of it on each channel. */
import { useEffect, useState } from "preact/hooks";
import { useConsole } from "../console.ts";
import { channelWord, recipientState } from "../duty_labels.ts";
import { failure } from "../faults.ts";
import type { Phone } from "../rota_api.ts";
import { t } from "../words.ts";
import { at } from "../zone.ts";
import { Notice } from "./parts.tsx";

const LOOK_MS = 2_000;
const LOOKS = 30;

export function reachable(phone: Phone): boolean {
  return phone.state !== "cut_off" && (phone.number_verified || phone.matrix_verified || phone.push > 0);
}

export function PhoneProbe({ phone }: { phone: Phone }) {
  const house = useConsole();
  const [probe, setProbe] = useState(phone.probe);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const [looks, setLooks] = useState(0);
  useEffect(() => setProbe(phone.probe), [phone]);
  useEffect(() => {
    if (looks === 0 || !probe.some(({ state }) => state === "waiting")) return;
    const timer = setTimeout(() => {
      setLooks(looks - 1);
      void house.rota.phone(phone.member.id).then((now) => setProbe(now.probe), () => undefined);
    }, LOOK_MS);
    return () => clearTimeout(timer);
  }, [looks, probe]);
  const send = async () => {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      setProbe((await house.rota.sendProbe(phone.member.id)).probe);
      setLooks(LOOKS);
    } catch (problem) {
      setError(failure(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="probe">
      {error !== "" && <Notice>{error}</Notice>}
      <button type="button" class="link" aria-disabled={busy} onClick={() => void send()}>{busy ? t("Einen Moment …") : t("Probenachricht schicken")}</button>
      <p class="small" role="status">
        {probe.length > 0 && <><span class="soft">{t("Probe von {time}:", { time: at(probe[0]!.since) })}</span> {probe.map((one, i) => <span key={one.channel} class={one.state === "dead" ? "late" : one.state === "sent" ? "" : "soft"}>{channelWord(one.channel)}: {recipientState(one)}{i < probe.length - 1 ? ", " : ""}</span>)}</>}
      </p>
    </div>
  );
}
