"use client";
import { clsx } from "clsx";
import { X } from "lucide-react";
import Link from "next/link";
import { useEffect, useRef, useSyncExternalStore, type ReactNode } from "react";
import { Button } from "#components/ui/button.tsx";
import { ToneIcon } from "#components/ui/tone-icon.tsx";
import type { Tone } from "#components/ui/tone.ts";

export interface ToastInput {
  tone?: Tone;
  title: string;
  detail?: ReactNode;
  link?: { href: string; label: string };
}
interface Toast extends ToastInput {
  id: number;
}

const SHOWN_MS = 6_000;
const MAX_TOASTS = 4;
let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();
const noToasts: readonly Toast[] = [];

function publish(next: readonly Toast[]) {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Tells the person something that needs no answer. Errors stay until dismissed; the rest leaves after 6 s unless hovered. */
export function toast(input: ToastInput): void {
  publish([...toasts, { ...input, id: nextId++ }].slice(-MAX_TOASTS));
}

function dismiss(id: number) {
  publish(toasts.filter((item) => item.id !== id));
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Where toasts appear; mounted once by the providers. */
export function Toaster() {
  const items = useSyncExternalStore(
    subscribe,
    () => toasts,
    () => noToasts,
  );
  const region = useRef<HTMLElement>(null);
  useEffect(() => {
    // Showing it again lifts it above a dialog that was opened later.
    region.current?.hidePopover();
    if (items.length > 0) region.current?.showPopover();
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
      role={item.tone === "crit" ? "alert" : "status"}
      onPointerEnter={stop}
      onFocus={stop}
      className={clsx(
        "flex items-start gap-2 rounded-lg border border-line bg-raised p-3 text-sm shadow-float",
      )}
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
