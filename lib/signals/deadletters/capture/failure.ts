/**
 * One failure as a reader found it. `dead`: the job is in the failed set. `lost`: its queue threw the payload away, only the
 * error is known. `superseded`: something has acted on the job before it could be read.
 */
export interface Failure {
  state: "dead" | "lost" | "superseded";
  jobId: string;
  /** Milliseconds of the failing worker's clock; of the event's own clock when only that is known. */
  failedAt: number;
  /** The score of the failed set, digit by digit; null unless `dead`. */
  score: string | null;
  /** The entry of the event stream that told of it; null when it was found in the failed set. */
  eventId: string | null;
  name: string | null;
  /** The payload byte by byte; null when it is not there or too large to be fetched. */
  data: Buffer | null;
  dataBytes: number | null;
  opts: string | null;
  error: string | null;
  stacks: string | null;
  attempts: number | null;
  starts: number | null;
  stalls: number | null;
  maxAttempts: number | null;
  worker: string | null;
  parent: string | null;
  addedAt: Date | null;
  startedAt: Date | null;
}

/** Rows and bytes of one transaction at most: what is held in memory, sent at once, and done again when it fails. */
export const BATCH = { rows: 500, bytes: 8 * 1024 * 1024 } as const;

/** Asked for in one go: some 2 ms of the server's time at most, but for a single larger payload. */
export const PIPELINE = { rows: BATCH.rows, bytes: 1024 * 1024 } as const;

/** An entry of an index takes 2,704 bytes, and an id shares it with a queue and a time. */
const MAX_ID_BYTES = 2_500;

/** Longer ids fit no index, and Postgres stores no NUL; no library makes such ids, but anybody may choose one. */
export const isStorableId = (id: string): boolean =>
  id.length <= 1_000 && Buffer.byteLength(id) <= MAX_ID_BYTES && !id.includes("\0");

const MAX_COUNT = 2 ** 31 - 1;

/** Anybody may have written such a number: what no column holds is not known. */
export const storableCount = (value: number | null | undefined): number | null =>
  typeof value === "number" && value >= 0 && value <= MAX_COUNT ? Math.floor(value) : null;

/** What a failure is known by within its queue. */
export const identityOf = ({ jobId, failedAt }: Pick<Failure, "jobId" | "failedAt">): string =>
  `${failedAt} ${jobId}`;

/** Cuts a list into groups of at most so many rows and bytes; a single larger one is a group of its own. */
export function* inGroups<Item>(
  items: readonly Item[],
  most: { rows: number; bytes: number },
  bytesOf: (item: Item) => number,
): Generator<Item[]> {
  let group: Item[] = [];
  let sum = 0;
  for (const item of items) {
    const size = bytesOf(item);
    if (group.length >= most.rows || (group.length > 0 && sum + size > most.bytes)) {
      yield group;
      group = [];
      sum = 0;
    }
    group.push(item);
    sum += size;
  }
  if (group.length > 0) yield group;
}
