import type { Metadata } from "next";
import { tableParams } from "#components/data/table-params.ts";
import { QueuesScreen } from "#components/signals/queues/screen.tsx";
import { queuesView } from "#components/signals/queues/view.ts";
import { Prefetch } from "#lib/api/prefetch.tsx";
import { queues } from "#lib/signals/queues/signal.ts";

export const metadata: Metadata = { title: "Queues" };

export default async function Page({ searchParams }: PageProps<"/queues">) {
  const params = tableParams(queuesView, await searchParams);
  return (
    <Prefetch reads={[{ signal: queues, kind: "list", params }]}>
      <QueuesScreen />
    </Prefetch>
  );
}
