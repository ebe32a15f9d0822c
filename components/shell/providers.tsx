"use client";
import { QueryClientProvider } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useState, type ReactNode } from "react";
import { ActorProvider, type ClientActor } from "#components/data/actor.tsx";
import { createQueryClient } from "#components/shell/query-client.ts";

const Toaster = dynamic(async () => (await import("#components/ui/toaster.tsx")).Toaster, {
  ssr: false,
});

/** What every page of the console stands on: queries, the actor, toasts. */
export function Providers({ actor, children }: { actor: ClientActor; children: ReactNode }) {
  const [client] = useState(createQueryClient);
  return (
    <QueryClientProvider client={client}>
      <ActorProvider actor={actor}>{children}</ActorProvider>
      <Toaster />
    </QueryClientProvider>
  );
}
