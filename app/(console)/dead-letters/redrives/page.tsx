import type { Metadata } from "next";
import { RedrivesScreen } from "#components/signals/deadletters/redrives-screen.tsx";
import { redrivesParams } from "#components/signals/deadletters/view.ts";
import { Prefetch } from "#lib/api/prefetch.tsx";
import { deadletters } from "#lib/signals/deadletters/signal.ts";

export const metadata: Metadata = { title: "Redrives" };

export default async function Page({ searchParams }: PageProps<"/dead-letters/redrives">) {
  const params = redrivesParams(await searchParams);
  return (
    <Prefetch reads={[{ signal: deadletters, kind: "reads:redrives", params }]}>
      <RedrivesScreen />
    </Prefetch>
  );
}
