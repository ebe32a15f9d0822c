"use client";
import { X } from "lucide-react";
import Link from "next/link";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { Button } from "#components/ui/button.tsx";
import { currentToasts, dismiss, subscribe, type Toast } from "#components/ui/toast.ts";
import { ToneIcon } from "#components/ui/tone-icon.tsx";

const SHOWN_MS = 6_000;

/** Where toasts appear; mounted once by the providers. */
export function Toaster() {
  const items = useSyncExternalStore(subscribe, currentToasts, currentToasts);
  const region = useRef<HTMLElement>(null);
  useEffect(() => {
    // A dialog that was opened later covers it: showing it again lifts it above. Otherwise it stays, as a live region must.
    if (document.querySelector("dialog[open]")) region.current?.hidePopover();
    if (!region.current?.matches(":popover-open")) region.current?.showPopover();
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- runs when the toasts change
  }, [items]);
  return (
    <section
      ref={region}
      popover="manual"
      aria-label="Notifications"
      aria-live="polite"
      className="fixed inset-auto right-3 bottom-3 m-0 w-80 max-w-[calc(100vw-1.5rem)] flex-col gap-2 bg-transparent p-0 open:flex"
    >
      {items.map((item) => (
        <ToastCard key={item.id} item={item} />
      ))}
    </section>
  );
}

function ToastCard({ item }: { item: Toast }) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const stop = () => clearTimeout(timer.current);
  useEffect(() => {
    if (item.tone !== "crit") timer.current = setTimeout(() => dismiss(item.id), SHOWN_MS);
    return () => clearTimeout(timer.current);
  }, [item]);
  return (
    <div
      role={item.tone === "crit" ? "alert" : undefined}
      onPointerEnter={stop}
      onFocus={stop}
      className="flex items-start gap-2 rounded-lg border border-line bg-raised p-3 text-sm shadow-float"
    >
      <ToneIcon tone={item.tone ?? "neutral"} className="mt-0.5" />
      <div className="min-w-0 flex-1">
        <p className="font-medium wrap-anywhere">{item.title}</p>
        {item.detail ? <div className="text-xs wrap-anywhere text-muted">{item.detail}</div> : null}
        {item.link ? (
          <Link
            href={item.link.href}
            className="mt-1 inline-block text-xs font-medium text-accent underline-offset-2 hover:underline"
          >
            {item.link.label}
          </Link>
        ) : null}
      </div>
      <Button
        variant="ghost"
        size="icon-sm"
        aria-label="Dismiss"
        onClick={() => dismiss(item.id)}
        className="-m-1"
        icon={<X className="size-3.5" />}
      />
    </div>
  );
}
