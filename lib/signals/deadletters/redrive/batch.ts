import { type Sql, sql, transaction } from "#lib/db/sql.ts";
import { refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import { increment } from "#lib/metrics/counters.ts";
import { REDRIVE_LETTERS } from "../metric-names.ts";
import type { LetterState } from "../states.ts";
import { claim, release, settle } from "../transition.ts";
import { type LeasedRedrive, lockSending, recordSent } from "./lease.ts";

/** One letter of a redrive as sending it needs it. */
export interface Item {
  seq: number;
  letterId: bigint;
  job: string;
  score: string | null;
  name: string | null;
  attempts: number;
  /** Whether it belongs at the front of its line. */
  lifo: boolean;
  /** Bytes of its changed payload and of the original; 0 = nobody changed it. */
  editBytes: number;
}

export type ItemState =
  | "pending"
  | "claimed"
  | "retried"
  | "moved"
  | "superseded"
  | "gone"
  | "unknown"
  | "skipped";

/** What became of one claimed item; `pending` and `skipped` give the letter back as it was. */
export interface Settled {
  item: Pick<Item, "seq" | "letterId">;
  state: Exclude<ItemState, "claimed">;
}

export interface Batch {
  items: Item[];
  /** The last place that was looked at. */
  lastSeq: number;
}

/** The place before the first letter that waits; a look at all of them, once for every lease. */
export async function beforeFirst({ id }: LeasedRedrive): Promise<number> {
  const { rows } = await sql.query<{ first: number | null }>(
    "SELECT min(seq) AS first FROM deadletters_redrive_item WHERE redrive_id = $1 AND state = 'pending'",
    [id],
  );
  return (rows[0]?.first ?? 1) - 1;
}

/**
 * Claims those of the `count` places behind `afterSeq` that wait: whoever wants one of the letters from now on is told that it is
 * being retried. Null when nothing may be sent.
 */
export async function claimBatch(
  redrive: LeasedRedrive,
  afterSeq: number,
  count: number,
): Promise<Batch | null> {
  return transaction(async (tx) => {
    if (!(await lockSending(tx, redrive))) return null;
    const { rows } = await tx.query<{ seq: number; letterId: bigint }>(
      `SELECT seq, letter_id AS "letterId" FROM deadletters_redrive_item
       WHERE redrive_id = $1 AND seq > $2 AND seq <= $2 + $3::int AND state = 'pending' ORDER BY seq`,
      [redrive.id, afterSeq, count],
    );
    const got = await claim(
      tx,
      rows.map(({ letterId }) => letterId),
      ["dead"],
      { holder: { redriveId: redrive.id }, by: redrive.actorLogin, reason: redrive.reason },
    );
    const held = new Set(got);
    await setStates(
      tx,
      redrive.id,
      "pending",
      rows.map((item) => ({ item, state: held.has(item.letterId) ? "claimed" : "skipped" })),
    );
    const seqs = rows.map(({ seq }) => seq);
    const { rows: items } = await tx.query<Item>(itemsWhere("AND i.seq = ANY($2::int[])"), [
      redrive.id,
      seqs,
    ]);
    return { items, lastSeq: afterSeq + count };
  });
}

/**
 * Statements name places wherever they can: they are planned well also before the table's statistics know of a new redrive. What
 * may be large, options and payloads, is looked at where it is.
 */
const itemsWhere = (
  condition: string,
): string => `SELECT i.seq, i.letter_id AS "letterId", l.job_id AS job, l.score, l.name, l.attempts,
    coalesce(c.opts ~ '"lifo" *: *true', false) AS lifo,
    coalesce(octet_length(e.data) + octet_length(c.data), 0) AS "editBytes"
  FROM deadletters_redrive_item i JOIN deadletters_letter l ON l.id = i.letter_id
  LEFT JOIN deadletters_content c ON c.letter_id = l.id LEFT JOIN deadletters_edit e ON e.letter_id = l.id
  WHERE i.redrive_id = $1 AND i.state = 'claimed' ${condition} ORDER BY i.seq`;

/** The items that a worker before left behind: whether they were sent is open. */
export async function leftBehind(redriveId: string): Promise<Item[]> {
  return (await sql.query<Item>(itemsWhere(""), [redriveId])).rows;
}

/** Records what became of claimed items, all of it or nothing. Throws when the lease was lost. */
export async function recordBatch(
  redrive: LeasedRedrive,
  settled: readonly Settled[],
  rateNow: number | null,
): Promise<void> {
  const holder = { redriveId: redrive.id };
  const byState = Map.groupBy(settled, ({ state }) => state);
  await transaction(async (tx) => {
    await recordSent(tx, redrive, rateNow);
    for (const [state, some] of byState) {
      const ids = some.map(({ item }) => item.letterId);
      if (state === "pending" || state === "skipped") await release(tx, ids, holder);
      else await settle(tx, ids, state satisfies LetterState, holder);
    }
    await setStates(tx, redrive.id, "claimed", settled);
    await countLetters(tx, redrive, byState);
  });
}

/** For Prometheus; what waits for its turn again will be counted then. */
async function countLetters(
  tx: Sql,
  { sourceName: source, queueKey: key }: LeasedRedrive,
  byState: ReadonlyMap<string, readonly Settled[]>,
): Promise<void> {
  const ref = refOfKey(key);
  if (!ref) return;
  for (const [state, some] of [...byState].toSorted(([a], [b]) => a.localeCompare(b))) {
    const labels = { source, prefix: ref.prefix, queue: ref.name, state };
    if (state !== "pending") await increment(tx, REDRIVE_LETTERS, labels, some.length);
  }
}

async function setStates(
  tx: Sql,
  redriveId: string,
  from: "pending" | "claimed",
  items: readonly { item: Pick<Item, "seq">; state: ItemState }[],
): Promise<void> {
  if (items.length === 0) return;
  await tx.query(
    `UPDATE deadletters_redrive_item i SET state = given.state FROM unnest($3::int[], $4::text[]) AS given(seq, state)
     WHERE i.redrive_id = $1 AND i.seq = ANY($3) AND i.seq = given.seq AND i.state = $2`,
    [redriveId, from, items.map(({ item }) => item.seq), items.map(({ state }) => state)],
  );
}
