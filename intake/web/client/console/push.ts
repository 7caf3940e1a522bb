/** Notifications on this device. The worker (push_worker.ts) only shows that something is there; it never sees what. */
import { toBase64 } from "../lib/bytes.ts";
import { ApiError } from "./api.ts";
import type { RotaApi } from "./rota_api.ts";
import { languageCode, t } from "./words.ts";

const SCOPE = "/team/";
export type PushState = "unsupported" | "denied" | "off" | "on";

/** Whether this browser has a subscription; whose it is, only the server knows. */
export async function pushState(): Promise<PushState> {
  if (!("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  const registration = await navigator.serviceWorker.getRegistration(SCOPE);
  return (await registration?.pushManager.getSubscription()) == null ? "off" : "on";
}

/** Asks for permission, registers the worker, subscribes, tells the server. Throws ApiError with a sentence. */
export async function switchOn(api: RotaApi): Promise<void> {
  const key = await api.pushKey();
  if (key === null || key === "") throw new ApiError(0, "no_push", t("Dieser Dienst ist noch nicht für Mitteilungen eingerichtet. Bitte sagen Sie der Technik Bescheid."));
  if ((await Notification.requestPermission()) !== "granted") throw new ApiError(0, "push_denied", t("Ihr Browser hat die Erlaubnis nicht bekommen. Sie können sie in seinen Einstellungen geben."));
  const registration = await navigator.serviceWorker.register(`${SCOPE}push.js?lang=${languageCode()}`, { scope: SCOPE, updateViaCache: "none" });
  await navigator.serviceWorker.ready;
  const wanted = fromBase64Url(key);
  try {
    const old = await registration.pushManager.getSubscription();
    // A subscription under a former key of the service would never ring.
    if (old !== null && !sameBytes(old.options.applicationServerKey, wanted)) await old.unsubscribe();
    const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: wanted });
    const { endpoint, keys } = made.toJSON();
    if (endpoint === undefined || keys?.["p256dh"] === undefined || keys["auth"] === undefined) throw new TypeError("no keys");
    await api.subscribePush(endpoint, keys["p256dh"], keys["auth"]);
  } catch (error) {
    if (error instanceof ApiError) {
      await forgetHere();
      throw error;
    }
    throw new ApiError(0, "push_failed", t("Der Mitteilungsdienst Ihres Browsers ist gerade nicht erreichbar. Versuchen Sie es später noch einmal."));
  }
}

/** Takes the subscription away, here first: from then on nothing rings, whatever the server hears. */
export async function switchOff(api: RotaApi): Promise<void> {
  const endpoint = await forgetHere();
  if (endpoint !== null) await api.forgetPush(endpoint);
}

async function forgetHere(): Promise<string | null> {
  const registration = await navigator.serviceWorker.getRegistration(SCOPE);
  const subscription = (await registration?.pushManager.getSubscription()) ?? null;
  await subscription?.unsubscribe();
  await registration?.unregister();
  return subscription?.endpoint ?? null;
}

/** Shows a notification as the real ones look, without anybody else. */
export async function showSample(): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration(SCOPE);
  await registration?.showNotification(t("Kontakt"), { body: t("So sieht eine Mitteilung aus. Mehr steht nie darin."), tag: "kontakt", icon: "/s/team-icon-192.png" });
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function sameBytes(one: ArrayBuffer | null, other: Uint8Array<ArrayBuffer>): boolean {
  return one !== null && toBase64(new Uint8Array(one)) === toBase64(other);
}
