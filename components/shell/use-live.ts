"use client";
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useAppearance } from "#components/ui/appearance.ts";
import { listenToEvents, type StreamState } from "#components/shell/event-stream.ts";

export type Connection = "live" | "polling" | "off" | "offline";

export interface Live {
  connection: Connection;
  /** The pace of asking, when nothing is pushed. */
  seconds: number | null;
}

const FALLBACK_SECONDS = 15;

/**
 * Keeps every query on screen current as the person chose: pushed by the server, asked for every few seconds, or not at all.
 * Runs once, in the shell. A query with `meta: { refresh: false }` is left alone (live looks at a target).
 */
export function useLive(): Live {
  const client = useQueryClient();
  const { refresh } = useAppearance();
  const [stream, setStream] = useState<StreamState>("connecting");
  const online = useOnline();
  const pushed = refresh === "live";
  const seconds =
    refresh === "off" || (pushed && stream === "open")
      ? null
      : pushed
        ? FALLBACK_SECONDS
        : Number(refresh);
  useEffect(() => {
    if (!pushed) return;
    return listenToEvents({ onKeys: (keys) => invalidate(client, keys), onState: setStream });
  }, [client, pushed]);
  useEffect(() => {
    if (seconds === null) return;
    const timer = setInterval(() => invalidate(client, [[]]), seconds * 1_000);
    return () => clearInterval(timer);
  }, [client, seconds]);
  const connection: Connection = !online
    ? "offline"
    : refresh === "off"
      ? "off"
      : seconds === null
        ? "live"
        : "polling";
  return { connection, seconds };
}

/** Marks queries as out of date; those in a hidden tab are fetched when it is seen again. */
function invalidate(client: QueryClient, keys: string[][]): void {
  for (const queryKey of keys) {
    void client.invalidateQueries({
      queryKey,
      predicate: (query) => query.meta?.["refresh"] !== false,
      refetchType: document.hidden ? "none" : "active",
    });
  }
}

function useOnline(): boolean {
  return useSyncExternalStore(
    (changed) => {
      addEventListener("online", changed);
      addEventListener("offline", changed);
      return () => {
        removeEventListener("online", changed);
        removeEventListener("offline", changed);
      };
    },
    () => navigator.onLine,
    () => true,
  );
}
