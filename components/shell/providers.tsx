"use client";
import { QueryClientProvider } from "@tanstack/react-query";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import dynamic from "next/dynamic";
import { useState, type ReactNode } from "react";
import { ActorProvider, type ClientActor } from "#components/data/actor.tsx";
import { createQueryClient } from "#components/shell/query-client.ts";

const Toaster = dynamic(async () => (await import("#components/ui/toaster.tsx")).Toaster, {
  ssr: false,
});

/** What every page of the console stands on: queries, URL state, the actor, toasts. */
export function Providers({ actor, children }: { actor: ClientActor; children: ReactNode }) {
  const [client] = useState(createQueryClient);
  return (
    <QueryClientProvider client={client}>
      <NuqsAdapter>
        <ActorProvider actor={actor}>{children}</ActorProvider>
        <Toaster />
      </NuqsAdapter>
    </QueryClientProvider>
  );
}
