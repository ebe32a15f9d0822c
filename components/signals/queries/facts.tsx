"use client";
import Link from "next/link";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatInteger,
  formatPercent,
  formatRate,
  formatTime,
  formatUtc,
} from "#components/data/format.ts";
import { KeyValue, Stat } from "#components/data/key-value.tsx";
import { useNow } from "#components/data/use-now.ts";
import type { QueryDetail, Work } from "#lib/signals/queries/schema.ts";

/** More than half as slow again as in the window before is worth a colour. */
const SLOWER = 1.5;

/** The statement at a glance; dashes are what nobody knows. */
export function QueryFacts({ statement }: { statement: QueryDetail }) {
  const { calls, before } = statement;
  const slower = before !== null && calls > 0 && statement.meanMs >= SLOWER * before.meanMs;
  return (
    <div className="grid grid-cols-[repeat(auto-fill,minmax(7.75rem,1fr))] gap-x-4 gap-y-3">
      <Stat
        label="Share of time"
        value={statement.toplevel ? formatPercent(statement.share) : "nested"}
        hint={`${formatDuration(statement.execMs)} in all`}
      />
      <Stat
        label="Mean"
        tone={slower ? "warn" : undefined}
        value={calls === 0 ? null : formatDuration(statement.meanMs)}
        hint={before ? `${formatDuration(before.meanMs)} in the time before` : "per call"}
      />
      <Stat
        label="Calls"
        value={formatRate(statement.callsPerSecond)}
        hint={`${formatInteger(calls)} in all`}
      />
      <Stat
        label="Rows"
        value={formatCount(statement.rows)}
        hint={`${formatCount(perCall(statement, statement.rows))} per call`}
      />
      <Stat label="Cache hit" value={formatPercent(statement.hitRatio)} hint="in shared buffers" />
      <Stat label="Read" value={formatBytes(statement.readBytes)} hint={readHint(statement)} />
      <Stat label="Temp files" value={formatBytes(statement.tempBytes)} hint="beyond work_mem" />
      <Stat
        label="WAL"
        value={formatBytes(statement.walBytes)}
        hint={`${formatBytes(perCall(statement, statement.walBytes))} per call`}
      />
      {statement.jitMs > 0 ? (
        <Stat label="JIT" value={formatDuration(statement.jitMs)} hint="compiling" />
      ) : null}
    </div>
  );
}

const perCall = ({ calls }: Work, value: number): number | null =>
  calls === 0 ? null : value / calls;

function readHint({ readMs, execMs }: Work): string {
  if (readMs === null) return "time unknown";
  if (execMs === 0) return "from outside the cache";
  return `${formatDuration(readMs)}, ${formatPercent(readMs / execMs)} of time`;
}

const listOf = (filter: Record<string, string>): string =>
  `/queries?${new URLSearchParams(filter)}`;

/** Where it runs and how others call it. */
export function QueryIdentity({ statement }: { statement: QueryDetail }) {
  const now = useNow();
  const { source, database, role } = statement;
  const link = "text-accent underline-offset-2 hover:underline";
  return (
    <KeyValue
      className="mt-3 lg:grid-cols-[max-content_minmax(0,1fr)_max-content_minmax(0,1fr)_max-content_minmax(0,1fr)]"
      items={[
        [
          "Source",
          <Link key="s" className={link} href={listOf({ source })}>
            {source}
          </Link>,
        ],
        [
          "Database",
          <Link key="d" className={link} href={listOf({ source, database })}>
            {database}
          </Link>,
        ],
        [
          "Role",
          role ? (
            <Link key="r" className={link} href={listOf({ source, role })}>
              {role}
            </Link>
          ) : null,
        ],
        [
          "First seen",
          <time key="t" dateTime={statement.firstSeen} title={formatUtc(statement.firstSeen)}>
            {now ? formatTime(statement.firstSeen, now) : formatUtc(statement.firstSeen)}
          </time>,
        ],
        [
          "Query id",
          <code key="q" className="font-mono text-xs">
            {statement.queryid}
          </code>,
        ],
        [
          "Fingerprint",
          statement.fingerprint ? (
            <code key="f" className="font-mono text-xs">
              {statement.fingerprint}
            </code>
          ) : null,
        ],
      ]}
    />
  );
}
