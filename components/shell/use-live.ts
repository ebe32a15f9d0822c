"use client";
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore } from "react";
import type { StreamState } from "#components/shell/event-stream.ts";
import { useAppearance, type Appearance } from "#components/ui/appearance.ts";

export type Connection = "live" | "connecting" | "polling" | "off" | "offline";

export interface Live {
  connection: Connection;
  /** How often screens ask by themselves. */
  seconds: number;
}

const FALLBACK_SECONDS = 15;
/** Asked even while the stream is open: a stream can be silent because what feeds it is down. */
const SAFETY_SECONDS = 60;

/**
 * Keeps every query on screen current as the person chose: pushed by the server, asked for every few seconds, or not at all.
 * Runs once, in the shell. A query with `meta: { refresh: false }` is left alone (live looks at a target).
 */
export function useLive(): Live {
  const client = useQueryClient();
  const { refresh } = useAppearance();
  const stream = useStream(client, refresh === "live");
  const online = useOnline();
  const { connection, seconds } = judge(refresh, stream, online);
  useEffect(() => {
    if (connection === "off") return;
    const timer = setInterval(() => invalidate(client, [[]]), seconds * 1_000);
    return () => clearInterval(timer);
  }, [client, connection, seconds]);
  return { connection, seconds };
}

function judge(refresh: Appearance["refresh"], stream: StreamState, online: boolean): Live {
  if (refresh === "off") return { connection: "off", seconds: 0 };
  if (refresh !== "live")
    return { connection: online ? "polling" : "offline", seconds: Number(refresh) };
  if (stream === "open")
    return { connection: online ? "live" : "offline", seconds: SAFETY_SECONDS };
  const waiting = stream === "connecting" ? "connecting" : "polling";
  return { connection: online ? waiting : "offline", seconds: FALLBACK_SECONDS };
}

function useStream(client: QueryClient, wanted: boolean): StreamState {
  const [state, setState] = useState<StreamState>("connecting");
  useEffect(() => {
    if (!wanted) return;
    let left = false;
    let stop = () => {};
    const start = async () => {
      const { listenToEvents } = await import("#components/shell/event-stream.ts");
      if (left) return;
      stop = listenToEvents({ onKeys: (keys) => invalidate(client, keys), onState: setState });
    };
    void start();
    return () => {
      left = true;
      stop();
    };
  }, [client, wanted]);
  return state;
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

function onNetworkChange(changed: () => void): () => void {
  addEventListener("online", changed);
  addEventListener("offline", changed);
  return () => {
    removeEventListener("online", changed);
    removeEventListener("offline", changed);
  };
}

function useOnline(): boolean {
  return useSyncExternalStore(
    onNetworkChange,
    () => navigator.onLine,
    () => true,
  );
}
