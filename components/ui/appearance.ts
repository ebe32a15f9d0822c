"use client";
import { useSyncExternalStore } from "react";
import {
  APPEARANCE_COOKIE,
  DEFAULT_APPEARANCE,
  appearanceAttributes,
  parseAppearance,
  serializeAppearance,
  type Appearance,
} from "#components/ui/appearance-cookie.ts";

export type { Appearance, Density } from "#components/ui/appearance-cookie.ts";

const YEAR_SECONDS = 31_536_000;
const listeners = new Set<() => void>();
let current: Appearance | null = null;

function read(): Appearance {
  current ??= parseAppearance(
    new RegExp(`(?:^|; )${APPEARANCE_COOKIE}=([^;]*)`).exec(document.cookie)?.[1],
  );
  return current;
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** The person's choices; changes at once everywhere. What is visible follows attributes of <html>, which the server also renders. */
export function useAppearance(): Appearance {
  return useSyncExternalStore(subscribe, read, () => DEFAULT_APPEARANCE);
}

/** Current choices outside React. */
export function getAppearance(): Appearance {
  return read();
}

/** Changes some choices and remembers them for a year on this browser. */
export function setAppearance(change: Partial<Appearance>): void {
  current = { ...read(), ...change };
  document.cookie = `${APPEARANCE_COOKIE}=${serializeAppearance(current)}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
  for (const [name, value] of Object.entries(appearanceAttributes(current))) {
    if (value === undefined) document.documentElement.removeAttribute(name);
    else document.documentElement.setAttribute(name, value);
  }
  for (const listener of listeners) listener();
}
