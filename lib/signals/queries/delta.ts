import { COUNTER_AT, type Counters } from "./counters.ts";

/** Microseconds since 1970 by the target's own clock, so that equal times compare equal. */
export type Micros = number;

export interface EntryKey {
  dbid: number;
  userid: number;
  /** A signed 64-bit number as text. */
  queryid: string;
  /** False for statements that a function or a trigger sent. */
  toplevel: boolean;
}

export interface Entry extends EntryKey {
  /** When this entry began to count; null before pg_stat_statements 1.11. */
  statsSince: Micros | null;
  counters: Counters;
}

/** One consistent look at pg_stat_statements: no reset happened while it was read. */
export interface Snapshot {
  /** A moment just before the entries were read. */
  takenAt: Micros;
  /** Start of the postmaster: differs after a restart, and on another server. */
  startedAt: Micros;
  /** The last reset of everything; null where the extension does not tell (before 1.9). */
  statsReset: Micros | null;
  /** How often entries were evicted since that reset; null as above. */
  deallocs: number | null;
  /** False when entries of other roles were hidden: then an entry that appears may be old. */
  complete: boolean;
  entries: ReadonlyMap<string, Entry>;
}

export interface Increase extends EntryKey {
  counters: Counters;
}

export interface Difference {
  /** `first` and `other_server` set a new baseline and count nothing. */
  kind: "first" | "other_server" | "continued" | "reset";
  /** Seconds that the increases cover. */
  seconds: number;
  increases: Increase[];
  /** Evictions between the two looks; null when not known. */
  deallocs: number | null;
}

export const keyOf = (key: EntryKey): string =>
  `${key.dbid}/${key.userid}/${key.queryid}/${key.toplevel}`;

/**
 * What was counted between two looks. Nothing is ever counted twice or made up: where a part cannot be known
 * (an entry was evicted, the statistics were reset, another server answered), that part is left out.
 */
export function difference(before: Snapshot | null, after: Snapshot): Difference {
  const kind = compareInstances(before, after);
  if (!before || kind === "first" || kind === "other_server")
    return { kind, seconds: 0, increases: [], deallocs: null };
  const increases: Increase[] = [];
  for (const [key, entry] of after.entries) {
    const counted =
      kind === "reset" ? entry.counters : increaseOf(before, before.entries.get(key), entry);
    if (counted && counted[COUNTER_AT.calls]! > 0) increases.push({ ...entry, counters: counted });
  }
  const since = kind === "reset" ? Math.max(before.takenAt, after.statsReset!) : before.takenAt;
  return {
    kind,
    seconds: Math.max(0, (after.takenAt - since) / 1e6),
    increases,
    deallocs: evictions(kind, before, after),
  };
}

function compareInstances(before: Snapshot | null, after: Snapshot): Difference["kind"] {
  if (!before) return "first";
  const restarted = after.startedAt !== before.startedAt;
  if (after.statsReset === null || before.statsReset === null)
    // Without the reset time, counters after a restart may be those of another server.
    return restarted || after.statsReset !== before.statsReset ? "other_server" : "continued";
  if (after.statsReset === before.statsReset) return "continued";
  // A reset by this same postmaster, or a start with empty statistics (a crash drops them), happened since our last look.
  if (!restarted || after.statsReset > before.takenAt) return "reset";
  // An older reset than our last look that we did not know of: these are not the statistics we were counting.
  return "other_server";
}

/** The counters since the last look, or null when they cannot be told. */
function increaseOf(before: Snapshot, last: Entry | undefined, now: Entry): Counters | null {
  if (!last) {
    const isNew = before.complete || (now.statsSince !== null && now.statsSince >= before.takenAt);
    return isNew ? now.counters : null;
  }
  const replaced =
    now.statsSince !== last.statsSince ||
    now.counters.some((value, at) => value < last.counters[at]!);
  // A counter never goes down, so the entry we knew is gone and all of this one is newer than our last look.
  if (replaced) return now.counters;
  return now.counters.map((value, at) => value - last.counters[at]!);
}

function evictions(kind: "continued" | "reset", before: Snapshot, after: Snapshot): number | null {
  if (after.deallocs === null) return null;
  const base = kind === "reset" ? 0 : (before.deallocs ?? 0);
  return Math.max(0, after.deallocs - base);
}
