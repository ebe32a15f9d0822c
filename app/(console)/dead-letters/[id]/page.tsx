import type { Metadata } from "next";
import { LetterScreen } from "#components/signals/deadletters/letter-screen.tsx";
import { Prefetch } from "#lib/api/prefetch.tsx";
import { deadletters } from "#lib/signals/deadletters/signal.ts";

export const metadata: Metadata = { title: "Dead letter" };

export default async function Page({ params }: PageProps<"/dead-letters/[id]">) {
  const { id } = await params;
  return (
    <Prefetch reads={[{ signal: deadletters, kind: "get", params: { id } }]}>
      <LetterScreen id={id} />
    </Prefetch>
  );
}
