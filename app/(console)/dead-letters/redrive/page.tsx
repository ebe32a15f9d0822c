import type { Metadata } from "next";
import { NewRedriveScreen } from "#components/signals/deadletters/redrive-new-screen.tsx";
import { Prefetch } from "#lib/api/prefetch.tsx";
import { deadletters } from "#lib/signals/deadletters/signal.ts";

export const metadata: Metadata = { title: "Redrive" };

export default async function Page({ searchParams }: PageProps<"/dead-letters/redrive">) {
  const { q: asked } = await searchParams;
  const q = typeof asked === "string" ? asked : "";
  return (
    <Prefetch reads={[{ signal: deadletters, kind: "reads:selection", params: { q } }]}>
      <NewRedriveScreen q={q} />
    </Prefetch>
  );
}
