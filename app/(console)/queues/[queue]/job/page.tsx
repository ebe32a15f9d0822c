import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { JobScreen } from "#components/signals/queues/job-screen.tsx";
import { Prefetch } from "#lib/api/prefetch.tsx";
import { queues } from "#lib/signals/queues/signal.ts";

export const metadata: Metadata = { title: "Job" };

export default async function Page({ params, searchParams }: PageProps<"/queues/[queue]/job">) {
  const queueId = decodeURIComponent((await params).queue);
  const { id } = await searchParams;
  if (typeof id !== "string" || id === "") notFound();
  return (
    <Prefetch reads={[{ signal: queues, kind: "get", params: { id: queueId } }]}>
      <JobScreen queueId={queueId} job={id} />
    </Prefetch>
  );
}
