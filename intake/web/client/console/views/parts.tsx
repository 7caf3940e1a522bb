/** Small parts that several views share. */
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useConsole } from "../console.ts";
import { useStore } from "../store.ts";
import { t } from "../words.ts";

const DRAWINGS = {
  new: "M4 13h4l2 3h4l2-3h4M4 13l3-8h10l3 8v6H4z",
  mine: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c1-4 4-6 8-6s7 2 8 6",
  waiting: "M5 5h14v10h-8l-4 4v-4H5zM9 9h6M9 11.5h4",
  others: "M9 12a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19c.7-3.5 3-5 6.5-5s5.8 1.5 6.5 5M16 5.5a3.2 3.2 0 0 1 0 6M18 14c2 .6 3 2 3.5 5",
  closed: "M4 7h16v3H4zM6 10v9h12v-9M10 13h4",
  menu: "M4 7h16M4 12h16M4 17h16",
  back: "M14 6l-6 6 6 6",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5 11h14v9H5zM12 15v2",
  unlocked: "M7 11V8a5 5 0 0 1 9.6-2M5 11h14v9H5zM12 15v2",
  exit: "M7 7l10 10M17 7L7 17",
  blocks: "M5 5h14v5H5zM5 14h9M5 18h6",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c1-4 4-6 8-6s7 2 8 6",
  check: "M5 13l4 4L19 7",
  alert: "M12 4l9 16H3zM12 10v4M12 17v.5",
  case: "M4 7h6l2 2h8v10H4zM8 13h8M8 16h5",
  clip: "M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7l-8.4 8.4a1.7 1.7 0 0 1-2.4-2.4L14 7.5",
  note: "M6 4h12v16l-6-3-6 3z",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  down: "M6 9l6 6 6-6",
  plus: "M12 5v14M5 12h14",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
  calendar: "M4 6h16v14H4zM4 10.5h16M8 3.5V7M16 3.5V7",
  day: "M4 6h16v14H4zM4 10.5h16M8 3.5V7M16 3.5V7M8.5 15.2l2.3 2.3 4.5-4.5",
  phone: "M7 3h10v18H7zM11 17.5h2",
  chart: "M4 20h16M7 20v-7M12 20V5M17 20v-10",
  handover: "M4 8h10M10.5 4.5L14 8l-3.5 3.5M20 16H10M13.5 12.5L10 16l3.5 3.5",
  team: "M8 11a3.2 3.2 0 1 0 0-6.4A3.2 3.2 0 0 0 8 11zM2.5 18.5c.6-3.2 2.7-4.8 5.5-4.8 1.6 0 3 .5 4 1.6M14.5 17.5a3 3 0 1 0 0-.1M17.5 17.5H22M20 17.5v2.2",
  call: "M6 4h3l1.5 4L8 10c1 2.5 3.5 5 6 6l2-2.5 4 1.5v3c0 1-1 2-2 2C11 20 4 13 4 6c0-1 1-2 2-2z",
  walk: "M13 5.5a1.6 1.6 0 1 0 0-.1M9 21l2.5-6L9.5 12l1-4.5 3 2 3 1M14 15l2.5 6M10.5 8.5L7.5 11v3",
  swap: "M5 9h13l-3.5-3.5M19 15H6l3.5 3.5",
} as const;
export type IconName = keyof typeof DRAWINGS;

export function Icon({ name }: { name: IconName }) {
  return <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d={DRAWINGS[name]} /></svg>;
}

/** The name above every view; where nobody real answers it says so, on the smallest phone too. */
export function Brand() {
  const demonstration = document.documentElement.dataset["demonstration"] !== undefined;
  return <><span class="brand">{t("Kontakt")}</span>{demonstration && <span class="demo">{t("Vorführung")}</span>}</>;
}

/** A heading that takes the focus when its view opens, so that a screen reader starts there. At once: a moment later somebody may be typing. */
export function ViewTitle({ children, focus, level = 1, quiet = false }: { children: ComponentChildren; focus: unknown; level?: 1 | 2; quiet?: boolean }) {
  const ref = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    if (quiet) return;
    ref.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [focus]);
  const Tag = level === 1 ? "h1" : "h2";
  return <Tag ref={ref} tabIndex={-1}>{children}</Tag>;
}

/** A sentence about something that went wrong, or must be known; spoken as soon as it appears. */
export function Notice({ kind = "warn", children }: { kind?: "warn" | "alarm" | "ok" | "plain"; children: ComponentChildren }) {
  return <div class={`notice ${kind}`} role={kind === "warn" || kind === "alarm" ? "alert" : undefined}>{kind === "plain" ? null : <Icon name={kind === "ok" ? "check" : "alert"} />}<div>{children}</div></div>;
}

/** A native modal dialog: focus stays inside, Escape closes, focus returns. */
export function Dialog({ title, onClose, children, wide = false }: { title: string; onClose: () => void; children: ComponentChildren; wide?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = ref.current!;
    dialog.showModal();
    return () => dialog.close(); // gives the focus back to where it was
  }, []);
  return (
    <dialog ref={ref} class={wide ? "wide" : undefined} aria-labelledby="dialog-title" onCancel={(event) => { event.preventDefault(); onClose(); }}
      onClick={(event) => { if (event.target === ref.current) onClose(); }}>
      <div class="sheet">
        <div class="sheet-top">
          <h2 id="dialog-title">{title}</h2>
          <button type="button" class="icon-button" aria-label={t("Schließen")} onClick={onClose}><Icon name="exit" /></button>
        </div>
        {children}
      </div>
    </dialog>
  );
}

const TOAST_MS = 20_000;

/** What has just happened, with the way back. Stays 20 seconds, longer while it has the focus or the pointer. */
export function Toasts() {
  const house = useConsole();
  const toast = useStore(house.toast);
  const spoken = useStore(house.spoken);
  const held = useRef(false);
  useEffect(() => {
    if (toast === null) return;
    const timer = setInterval(() => {
      if (!held.current && house.toast.get()?.id === toast.id) house.toast.set(null);
    }, TOAST_MS);
    return () => clearInterval(timer);
  }, [toast]);
  const hold = (value: boolean) => () => { held.current = value; };
  return (
    <>
      <div class="spoken" role="status">{spoken}</div>
      <div class="toasts" role="status" onFocusIn={hold(true)} onFocusOut={hold(false)} onPointerEnter={hold(true)} onPointerLeave={hold(false)}>
        {toast && (
          <div class="toast" key={toast.id}>
            <span>{toast.text}</span>
            {toast.undo && <button type="button" onClick={() => { house.toast.set(null); toast.undo?.(); }}>{t("Rückgängig")}</button>}
            <button type="button" class="icon-button" aria-label={t("Hinweis schließen")} onClick={() => house.toast.set(null)}><Icon name="exit" /></button>
          </div>
        )}
      </div>
    </>
  );
}

/** Eight words in two columns, numbered, large: to be read aloud. */
export function Fingerprint({ words }: { words: string }) {
  return <ol class="fingerprint">{words.split(" ").map((word, i) => <li key={i}>{word}</li>)}</ol>;
}

interface PassphraseProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly autocomplete: "current-password" | "new-password";
  readonly onChange: (value: string) => void;
  readonly input?: RefObject<HTMLInputElement | null>;
  readonly busy?: boolean;
  readonly shown?: boolean;
  readonly described?: string;
  readonly children?: ComponentChildren;
}

/** A passphrase with "Zeigen" beside it; pasting and password managers are welcome. */
export function PassphraseField({ id, label, value, autocomplete, onChange, input, busy = false, shown = false, described, children }: PassphraseProps) {
  const [visible, setVisible] = useState(shown);
  useEffect(() => setVisible(shown), [shown]);
  const type = (visible ? "text" : "password") as "password"; // the types of preact want one or the other in writing
  return (
    <div class="field"><label for={id}>{label}</label>
      <span class="with-button">
        <input id={id} ref={(input ?? null) as RefObject<HTMLInputElement> | null} type={type} autocomplete={autocomplete} autocapitalize="none" spellcheck={false} maxLength={1000} value={value} readOnly={busy}
          aria-describedby={described} onInput={(event) => onChange(event.currentTarget.value)} />
        <button type="button" class="quiet" aria-label={visible ? t("Verbergen: {what}", { what: label }) : t("Zeigen: {what}", { what: label })} onClick={() => setVisible(!visible)}>{visible ? t("Verbergen") : t("Zeigen")}</button>
      </span>
      {children}
    </div>
  );
}
