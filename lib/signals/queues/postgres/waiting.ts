import type { BullmqPostgresConnection } from "#lib/sources/bullmq-postgres/connect.ts";
import type { QueueLook } from "#lib/sources/bullmq-postgres/queue-state.ts";
import { sampledOptions } from "#lib/sources/bullmq-postgres/sampled-options.ts";
import {
  type Candidate,
  MAX_PRIORITIES,
  waitingCandidates,
} from "#lib/sources/bullmq-postgres/waiting.ts";
import type { WaitingView } from "../observe/waiting.ts";

/** How long each queue's oldest job has been able to run. Two statements, none for empty queues. */
export async function readWaiting(
  conn: BullmqPostgresConnection,
  schema: string,
  looks: readonly QueueLook[],
): Promise<WaitingView[]> {
  const filled = looks.filter(({ counts }) => counts.waiting + counts.prioritized > 0);
  const empty = looks.filter((look) => !filled.includes(look));
  const candidates =
    filled.length > 0 ? await waitingCandidates(conn, schema, filled.map(nameOf)) : [];
  const finished =
    empty.length > 0 ? await sampledOptions(conn, schema, empty.map(nameOf)) : new Map();
  const byQueue = Map.groupBy(candidates, ({ queue }) => queue);
  return looks.map(({ name }): WaitingView => {
    const sample = finished.get(name);
    return sample ? { oldest: null, sampled: [sample] } : judge(byQueue.get(name) ?? []);
  });
}

const nameOf = ({ name }: QueueLook): string => name;

function judge(candidates: readonly Candidate[]): WaitingView {
  const sampled = candidates.flatMap(({ id, facts: { name }, options }) =>
    options ? [{ id, name, options }] : [],
  );
  const told = candidates.flatMap((one) => waitingSince(one) ?? []);
  if (told.length === 0) return { oldest: null, sampled };
  const at = new Date(Math.min(...told.map((since) => since.at.getTime())));
  // Jobs that were delayed or tried before stand between those that simply arrived: behind them nobody looked.
  const outOfOrder = candidates.some(({ dueAt, facts }) => dueAt ?? facts.startedAt);
  const priorities = new Set(candidates.map(({ facts }) => facts.priority));
  const estimated =
    outOfOrder || priorities.size >= MAX_PRIORITIES || told.some((since) => since.estimated);
  return { oldest: { at, estimated }, sampled };
}

/** Since when a job could run; null when its row cannot tell: a parent, or one that was promoted or retried by hand. */
function waitingSince({ facts, options, dueAt, isParent }: Candidate) {
  const { addedAt, startedAt, attemptsMade } = facts;
  if (isParent) return null;
  if (dueAt && (!startedAt || startedAt < dueAt)) return { at: dueAt, estimated: false };
  // Put back at once after an attempt, or after its worker died.
  if (startedAt) return { at: startedAt, estimated: true };
  const promoted = (options?.delayMs ?? 0) > 0;
  return addedAt && attemptsMade === 0 && !promoted ? { at: addedAt, estimated: false } : null;
}
