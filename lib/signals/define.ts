import type { z } from "zod";
import type { Action } from "#lib/actions/define.ts";
import type { Actor } from "#lib/auth/actor.ts";
import type { Reading } from "#lib/core/reading.ts";
import type { Duration } from "#lib/core/time.ts";
import type { Sql } from "#lib/db/sql.ts";
import type { MetricFamily } from "#lib/metrics/define.ts";
import type { Sample } from "#lib/samples/types.ts";
import type { OpenSource, SourceKind } from "#lib/sources/define.ts";

/** What a collector is given. `abort` fires when the time budget is spent. */
export interface CollectContext {
  source: OpenSource;
  now: Date;
  abort: AbortSignal;
}

/** What one collection brings home. It says what it could not read; it never throws away the rest. */
export interface Collected<Row> {
  rows: Row[];
  /** One sentence for each thing that could not be read. */
  unread: string[];
}

/** A source as the console knows it: no connection, no URL. */
export interface SourceRef {
  id: string;
  name: string;
  kind: SourceKind;
  labels: Readonly<Record<string, string>>;
}

export interface SaveContext {
  tx: Sql;
  source: SourceRef;
  now: Date;
}

/** What following a source continuously is given; see `SignalSpec.follow`. */
export interface FollowContext {
  source: OpenSource;
  /** Fires when the round has had its time; the next one goes on. */
  abort: AbortSignal;
}

/** What carrying on with long work is given; see `SignalSpec.carryOn`. */
export interface WorkContext {
  /** Opens a source, or gives the connection that is already open. Throws `not_found` or a `SourceError`. */
  openSource(sourceId: string): Promise<OpenSource>;
  /** Fires when the process stops: put the work down at a safe point. */
  abort: AbortSignal;
}

export interface ReadContext {
  actor: Actor;
  now: Date;
}

/** One read of our own database: parameters and data are zod schemas, so the API, OpenAPI and the client share them. */
export interface Read<Params extends z.ZodType = z.ZodType, Data extends z.ZodType = z.ZodType> {
  params: Params;
  data: Data;
  /** The answer depends on who asks: it is never shared between people. */
  personal?: boolean;
  /** The answer is the same for everybody of whom this tells the same; absent = for everybody. */
  sharedBy?(actor: Actor): string;
  run(context: ReadContext, params: z.output<Params>): Promise<Reading<z.output<Data>>>;
}

export interface ReadOne<Params extends z.ZodType = z.ZodType, Data extends z.ZodType = z.ZodType> {
  params: Params;
  data: Data;
  personal?: boolean;
  /** Throws `not_found` when the id names nothing. */
  run(context: ReadContext, id: string, params: z.output<Params>): Promise<Reading<z.output<Data>>>;
}

/**
 * A bounded look at the target itself, on a person's request. The worker answers it: the web process has no credentials.
 * `revealed` is true when the actor holds a fresh grant for this very target; without it the answer must be masked.
 */
export interface LiveRead<
  Params extends z.ZodType = z.ZodType,
  Data extends z.ZodType = z.ZodType,
> {
  params: Params;
  data: Data;
  /** The name a reveal grant must carry to unmask this answer; null when nothing is masked. */
  revealTarget(params: z.output<Params>): string | null;
  run(
    context: { source: OpenSource; revealed: boolean; abort: AbortSignal },
    params: z.output<Params>,
  ): Promise<z.output<Data>>;
}

export type Severity = "critical" | "warning" | "risk";

/** Something wrong now, found in our own data after a collection. */
export interface FoundProblem {
  /** Stable type, such as `queue_no_workers`. With `entity` it identifies the problem. */
  type: string;
  entity: string;
  severity: Severity;
  /** The fact in one line, with its numbers. */
  title: string;
  /** The page that shows the evidence. */
  href: string;
  /** When it became true, as far as the data can tell; now when absent. */
  since?: Date;
}

/** Totals of one bucket over all entities of a headline, by metric; a metric nobody observed is missing. */
export type BucketTotals = ReadonlyMap<string, { sum: number; mean: number }>;

/** The one figure that tells at a glance how a signal does, for the overview's small charts. */
export interface Headline {
  label: string;
  unit: "count" | "ratio";
  metrics: readonly string[];
  /** Which entities count; others would count the same thing again. */
  entity: RegExp;
  /** One bucket's figure from its totals; null when it cannot be told. */
  value(totals: BucketTotals, bucketSeconds: number): number | null;
}

/** One thing that Plumbline measures, shows and acts on. See the design's signal contract for the files behind it. */
export interface SignalSpec<Row> {
  /** Plural noun, also the URL segment and the permission prefix: `queues`. */
  id: string;
  title: string;
  sources: readonly SourceKind[];
  every: Duration;
  /** Reads the target. Pure of scheduling; keeps to `abort`. */
  collect(context: CollectContext): Promise<Collected<Row>>;
  /** Stores rows and returns the samples they imply, in the transaction that also records the collection. */
  save(context: SaveContext, rows: Row[]): Promise<Sample[]>;
  headline: Headline;
  /** Between collections: called about once a second for each source, by one worker at a time. Stores what it finds itself. */
  follow?(context: FollowContext): Promise<void>;
  /** Forgets what is too old; called once a day. Returns how many rows went from each table. */
  retain?(): Promise<Readonly<Record<string, number>>>;
  /** Takes one piece of long work under a lease and carries it on; false when there is none to take. Every worker calls it. */
  carryOn?(context: WorkContext): Promise<boolean>;
  read: { list: Read; get?: ReadOne; series?: Read };
  /** Further reads of our own database, by name. */
  reads?: Readonly<Record<string, Read>>;
  live?: Readonly<Record<string, LiveRead>>;
  actions: readonly Action[];
  /** Families for Prometheus, read from our own database. */
  metrics: readonly MetricFamily[];
  /** What is wrong now with this source, judged from our own database. */
  problems(context: SaveContext): Promise<FoundProblem[]>;
}

export type Signal = SignalSpec<never>;

/** Checks a signal's types at its definition and hides its row type from the registry. */
export function defineSignal<Row>(spec: SignalSpec<Row>): Signal {
  return spec as unknown as Signal;
}

/** Gives a read its types; the registry sees only the general form. */
export function defineRead<Params extends z.ZodType, Data extends z.ZodType>(
  read: Read<Params, Data>,
): Read {
  return read as unknown as Read;
}

export function defineReadOne<Params extends z.ZodType, Data extends z.ZodType>(
  read: ReadOne<Params, Data>,
): ReadOne {
  return read as unknown as ReadOne;
}

export function defineLiveRead<Params extends z.ZodType, Data extends z.ZodType>(
  read: LiveRead<Params, Data>,
): LiveRead {
  return read as unknown as LiveRead;
}
