import fc from "fast-check";
import { expect, test } from "vitest";
import { COUNTER_AT, COUNTERS } from "./counters.ts";
import { difference, type Entry, keyOf, type Snapshot } from "./delta.ts";

/** A server as far as pg_stat_statements goes, with the truth about what ran beside its counters. */
class Server {
  clock = 1_000_000;
  startedAt = 1_000_000;
  statsReset = 1_000_000;
  deallocs = 0;
  entries = new Map<string, { since: number; calls: number }>();
  /** Calls per statement since the last look, whether or not an entry still knows them. */
  ran = new Map<string, number>();
  /** The part of `ran` that the present entries hold: all that anyone could know. */
  known = new Map<string, number>();
  readonly features: Features;

  constructor(features: Features) {
    this.features = features;
  }

  execute(id: string, calls: number): void {
    this.clock += 10;
    const entry = this.entries.get(id) ?? { since: this.clock, calls: 0 };
    entry.calls += calls;
    this.entries.set(id, entry);
    this.ran.set(id, (this.ran.get(id) ?? 0) + calls);
    this.known.set(id, (this.known.get(id) ?? 0) + calls);
  }

  evict(id: string): void {
    this.clock += 10;
    if (this.entries.delete(id)) this.deallocs += 1;
    this.known.delete(id);
  }

  reset(): void {
    this.clock += 10;
    this.statsReset = this.clock;
    this.deallocs = 0;
    this.entries.clear();
    this.known.clear();
  }

  restart(crash: boolean): void {
    this.clock += 1_000;
    this.startedAt = this.clock;
    if (crash) this.reset();
  }

  /** Another server of the same cluster answers: it has counted its own statements for a long time. */
  failover(others: { id: string; calls: number }[]): void {
    this.startedAt = 500_000 - this.clock;
    this.statsReset = 400_000 - this.clock;
    this.entries = new Map(others.map(({ id, calls }) => [id, { since: 450_000, calls }]));
    this.known.clear();
    this.ran.clear();
  }

  look(): Snapshot {
    this.clock += 10;
    const { statsSince, info } = this.features;
    const entries = [...this.entries].map(([queryid, { since, calls }]): [string, Entry] => {
      const entry = {
        dbid: 1,
        userid: 1,
        queryid,
        toplevel: true,
        statsSince: statsSince ? since : null,
        counters: COUNTERS.map((name) => (name === "calls" ? calls : calls * 2)),
      };
      return [keyOf(entry), entry];
    });
    return {
      takenAt: this.clock,
      startedAt: this.startedAt,
      statsReset: info ? this.statsReset : null,
      deallocs: info ? this.deallocs : null,
      complete: true,
      entries: new Map(entries),
    };
  }
}

interface Features {
  statsSince: boolean;
  info: boolean;
}

const id = fc.constantFrom("a", "b", "c");
const calls = fc.integer({ min: 1, max: 20 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("execute" as const), id, calls }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("look" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("evict" as const), id }) },
  fc.record({ do: fc.constant("reset" as const) }),
  fc.record({ do: fc.constant("restart" as const), crash: fc.boolean() }),
  fc.record({ do: fc.constant("failover" as const), others: fc.array(fc.record({ id, calls })) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const FEATURES: [string, Features][] = [
  ["1.8: neither reset time nor stats_since", { statsSince: false, info: false }],
  ["1.9 and 1.10: reset time only", { statsSince: false, info: true }],
  ["1.11 and later", { statsSince: true, info: true }],
];

test.each(FEATURES)(
  "counts nothing negative, twice or made up; pg_stat_statements %s",
  (_, features) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => run(features, steps)),
      { numRuns: 2_000 },
    );
  },
);

function run(features: Features, steps: Step[]): void {
  const server = new Server(features);
  let before = server.look();
  let switched = false;
  let restarted = false;
  for (const each of steps) {
    if (each.do === "execute") server.execute(each.id, each.calls);
    if (each.do === "evict") server.evict(each.id);
    if (each.do === "reset") server.reset();
    if (each.do === "restart") server.restart(each.crash);
    if (each.do === "failover") server.failover(each.others);
    switched ||= each.do === "failover";
    restarted ||= each.do === "restart";
    if (each.do !== "look") continue;
    const after = server.look();
    judge(server, before, after, { switched, restarted });
    before = after;
    server.ran.clear();
    server.known.clear();
    switched = false;
    restarted = false;
  }
}

function judge(
  server: Server,
  before: Snapshot,
  after: Snapshot,
  happened: { switched: boolean; restarted: boolean },
): void {
  const { kind, increases, seconds } = difference(before, after);
  expect(seconds).toBeGreaterThanOrEqual(0);
  const counted = new Map(increases.map((each) => [each.queryid, each.counters]));
  for (const [queryid, counters] of counted) {
    expect(Math.min(...counters)).toBeGreaterThanOrEqual(0);
    expect(counters[COUNTER_AT.calls]).toBeLessThanOrEqual(server.ran.get(queryid) ?? 0);
  }
  if (happened.switched && !happened.restarted && kind !== "reset") {
    expect(kind).toBe("other_server");
    expect(counted.size).toBe(0);
  }
  // With stats_since every call that an entry still holds is counted: nothing is lost that could be known.
  if (server.features.statsSince && !happened.switched)
    for (const [queryid, known] of server.known)
      expect(counted.get(queryid)?.[COUNTER_AT.calls]).toBe(known);
}

test("an entry that grew past its former value after a reset counts in full when stats_since tells", () => {
  const server = new Server({ statsSince: true, info: true });
  server.execute("a", 5);
  const before = server.look();
  server.evict("a");
  server.execute("a", 9);
  expect(difference(before, server.look()).increases.map((each) => each.counters[0])).toEqual([9]);
});

test("the top-level and the nested entry of one query id are two", () => {
  const common = { dbid: 1, userid: 1, queryid: "7", statsSince: 1 };
  const zero = COUNTERS.map(() => 0);
  const one = COUNTERS.map(() => 1);
  const look = (counters: number[], takenAt: number): Snapshot => {
    const entries = [true, false].map((toplevel) => ({
      ...common,
      toplevel,
      counters: toplevel ? counters : zero,
    }));
    const rest = { takenAt, startedAt: 1, statsReset: 1, deallocs: 0, complete: true };
    return { ...rest, entries: new Map(entries.map((entry) => [keyOf(entry), entry])) };
  };
  const { increases } = difference(look(zero, 1), look(one, 2));
  expect(increases.map(({ toplevel, counters }) => [toplevel, counters[0]])).toEqual([[true, 1]]);
});

test("an entry that appears is not new when others were hidden before", () => {
  const server = new Server({ statsSince: false, info: true });
  const before = { ...server.look(), complete: false };
  server.execute("a", 3);
  expect(difference(before, server.look()).increases).toEqual([]);
});
