import type { CollectContext, Collected } from "#lib/signals/define.ts";
import { capturedQueues } from "./capture/queues.ts";
import { readerOf } from "./capture/readers.ts";

/** One queue's failed set as it is now, beside what is captured of it. */
export interface CollectedRow {
  queueId: number;
  key: string;
  /** Jobs in it; null = could not be read. */
  failedSet: number | null;
}

/** Counts the failed jobs of every queue, to be held against what was captured; capturing itself goes on between collections. */
export async function collect({ source, abort }: CollectContext): Promise<Collected<CollectedRow>> {
  const reader = readerOf(source);
  if (!reader)
    return { rows: [], unread: [`Failures of ${source.kind} sources are not captured.`] };
  const queues = await capturedQueues(source.id);
  const sizes = await reader.sizes(
    queues.map(({ ref }) => ref),
    abort,
  );
  const rows = sizes.map((failedSet, at) => {
    const { id, key } = queues[at] as (typeof queues)[number];
    return { queueId: id, key, failedSet };
  });
  const unreadable = rows.filter(({ failedSet }) => failedSet === null).map(({ key }) => key);
  const late = queues.length - rows.length;
  return {
    rows,
    unread: [
      ...unreadable.map((key) => `The failed jobs of ${key} cannot be read.`),
      ...(late > 0 ? [`${late} queues were not read within the time budget.`] : []),
    ],
  };
}
