import type { Metadata } from "next";
import { RedriveScreen } from "#components/signals/deadletters/redrive-screen.tsx";
import { Prefetch } from "#lib/api/prefetch.tsx";
import { deadletters } from "#lib/signals/deadletters/signal.ts";

export const metadata: Metadata = { title: "Redrive" };

export default async function Page({ params }: PageProps<"/dead-letters/redrives/[id]">) {
  const { id } = await params;
  return (
    <Prefetch reads={[{ signal: deadletters, kind: "reads:redrive", params: { id } }]}>
      <RedriveScreen id={id} />
    </Prefetch>
  );
}
