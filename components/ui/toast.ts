import type { ReactNode } from "react";
import type { Tone } from "#components/ui/tone.ts";

export interface ToastInput {
  tone?: Tone;
  title: string;
  detail?: ReactNode;
  link?: { href: string; label: string };
}
export interface Toast extends ToastInput {
  id: number;
}

const MAX_TOASTS = 4;
let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function publish(next: readonly Toast[]) {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Tells the person something that needs no answer. Errors stay until dismissed; the rest leaves after 6 s unless hovered. */
export function toast(input: ToastInput): void {
  publish([...toasts, { ...input, id: nextId++ }].slice(-MAX_TOASTS));
}

export function dismiss(id: number) {
  publish(toasts.filter((item) => item.id !== id));
}

export function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** What is shown now. */
export function currentToasts(): readonly Toast[] {
  return toasts;
}
