/**
 * The only service worker, only under /team/, only for notifications: no fetch handler, no cache, no storage. A push carries
 * no content, and what it carries is not looked at; its own policy (default-src 'none') lets it reach nobody.
 */
interface Extendable extends Event { waitUntil(done: Promise<unknown>): void }
interface Clicked extends Extendable { readonly notification: Notification }
interface Window { readonly url: string; focus(): Promise<unknown> }
interface Worker {
  readonly registration: ServiceWorkerRegistration;
  readonly clients: { matchAll(of: { type: "window"; includeUncontrolled: boolean }): Promise<readonly Window[]>; openWindow(url: string): Promise<unknown> };
  addEventListener(kind: "push" | "pushsubscriptionchange", handler: (event: Extendable) => void): void;
  addEventListener(kind: "notificationclick", handler: (event: Clicked) => void): void;
}

const worker = self as unknown as Worker;
const german = new URL(location.href).searchParams.get("lang") !== "en";
const [LOOK, LOST] = german
  ? ["Bitte sehen Sie nach.", "Bitte öffnen Sie Kontakt und schalten Sie die Mitteilungen wieder ein."]
  : ["Please have a look.", "Please open Contact and switch notifications on again."];

const show = (body: string) =>
  worker.registration.showNotification(german ? "Kontakt" : "Contact", {
    body, tag: "kontakt", icon: "/s/team-icon-192.png", lang: german ? "de" : "en", requireInteraction: true, renotify: true,
  } as NotificationOptions);

worker.addEventListener("push", (event) => event.waitUntil(show(LOOK)));
worker.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(show(LOST)));
worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(
    worker.clients.matchAll({ type: "window", includeUncontrolled: true }).then((windows) => {
      const open = windows.find(({ url }) => new URL(url).pathname.startsWith("/team/"));
      return open === undefined ? worker.clients.openWindow(german ? "/team/" : "/team/en/") : open.focus();
    }),
  );
});

export {};
