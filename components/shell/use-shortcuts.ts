"use client";
import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";
import type { KeyHandlers } from "#components/shell/key-listener.ts";

/** Keyboard shortcuts of the console. They load after the page, which does not need them to be seen. */
export function useShortcuts(handlers: Omit<KeyHandlers, "goTo">): void {
  const router = useRouter();
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    let left = false;
    let stop = () => {};
    const start = async () => {
      const { listenToKeys } = await import("#components/shell/key-listener.ts");
      if (!left)
        stop = listenToKeys(() => ({ ...latest.current, goTo: (href) => router.push(href) }));
    };
    void start();
    return () => {
      left = true;
      stop();
    };
  }, [router]);
}
