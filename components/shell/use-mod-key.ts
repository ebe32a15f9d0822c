"use client";
import { useSyncExternalStore } from "react";

const never = () => () => {};

/** The key of the command palette on this keyboard: ⌘ on a Mac, Ctrl elsewhere. */
export function useModKey(): "⌘" | "Ctrl" {
  return useSyncExternalStore(
    never,
    () => (/Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘" : "Ctrl"),
    () => "Ctrl",
  );
}
