import { clsx } from "clsx";
import type { Column } from "#components/data/column.ts";
import {
  formatCount,
  formatDuration,
  formatInteger,
  formatPercent,
  formatRate,
  UNKNOWN,
} from "#components/data/format.ts";
import { Meter } from "#components/data/meter.tsx";
import { Sparkline } from "#components/data/sparkline.tsx";
import type { CacheKind, CacheRow } from "#lib/signals/caches/schema.ts";
import { AgeIfStale } from "./age.tsx";
import { KIND_LABELS, missWord } from "./kinds.ts";
import { ratioTone, VerdictWord } from "./verdict.tsx";

const nameColumn: Column<CacheRow> = {
  id: "name",
  header: "Cache",
  hideable: false,
  sortable: true,
  firstDir: "asc",
  className: "w-full max-w-0 min-w-32 sm:min-w-56",
  cell: (row) => (
    <span className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5 py-1">
      <span className="min-w-0 truncate" title={row.name}>
        {row.name}
      </span>
      <span className="text-xs font-normal text-faint">{KIND_LABELS[row.kind]}</span>
      <AgeIfStale cache={row} />
    </span>
  ),
};

const sourceColumn: Column<CacheRow> = {
  id: "source",
  header: "Source",
  sortable: true,
  firstDir: "asc",
  phone: false,
  className: "text-muted",
  cell: (row) => row.source,
};

const figureColumns: readonly Column<CacheRow>[] = [
  {
    id: "ratio",
    header: "Hit ratio",
    about: "What was found in the cache, of all that was asked of it in this time.",
    sortable: true,
    firstDir: "asc",
    cell: (row) => (
      <Meter
        label="Hit ratio"
        ratio={row.ratio}
        text={formatPercent(row.ratio)}
        tone={ratioTone(row.verdict)}
        className="w-24 sm:w-36"
      />
    ),
  },
  {
    id: "misses",
    header: "Reads",
    about:
      "What was not found, per second: blocks PostgreSQL read from outside its buffers, lookups Redis had no key for.",
    sortable: true,
    align: "right",
    cell: (row) => (
      <span title={`${formatInteger(row.misses)} ${missWord(row.kind)}`}>
        {formatRate(row.missesPerSecond)}
      </span>
    ),
  },
  {
    id: "read_time",
    header: "Per read",
    about: "How long reading one block took. Under 0.1 ms it came from the system's cache.",
    sortable: true,
    align: "right",
    phone: false,
    cell: (row) => <ReadTime row={row} />,
  },
  {
    id: "lookups",
    header: "Asked",
    about: "Hits and misses per second.",
    sortable: true,
    align: "right",
    phone: false,
    cell: (row) => formatRate(row.lookupsPerSecond),
  },
  {
    id: "spark",
    header: "Over time",
    about: "Hit ratio in equal parts of the range. Gaps: nothing was asked, or nobody looked.",
    phone: false,
    cell: (row) => <Sparkline values={row.spark} label="Hit ratio" format={formatPercent} />,
  },
  {
    id: "evicted",
    header: "Evicted",
    about: "Thrown out to make room, per second.",
    sortable: true,
    align: "right",
    phone: false,
    initiallyHidden: true,
    cell: (row) => formatRate(row.evictedPerSecond),
  },
  {
    id: "hits",
    header: "Hits",
    align: "right",
    phone: false,
    initiallyHidden: true,
    cell: (row) => <span title={formatInteger(row.hits)}>{formatCount(row.hits)}</span>,
  },
  {
    id: "verdict",
    header: "Verdict",
    about: "Hover over it for the reason.",
    phone: false,
    cell: (row) => <VerdictWord verdict={row.verdict} />,
  },
];

/** For caches of every kind. */
export const cacheColumns = [nameColumn, sourceColumn, ...figureColumns];

/** For the parts of one cache of this kind, with the part each has in all of its reads. */
export function partColumns(kind: CacheKind, allMisses: number | null): Column<CacheRow>[] {
  const [ratio, misses, ...rest] = figureColumns;
  // The server's I/O contexts are not parts of one database; tables and indexes are not timed.
  if (kind === "io") return [nameColumn, misses!, ratio!, ...rest];
  const untimed = rest.filter(({ id }) => id !== "evicted" && id !== "read_time");
  return [nameColumn, shareColumn(allMisses), misses!, { ...ratio!, phone: false }, ...untimed];
}

function shareColumn(allMisses: number | null): Column<CacheRow> {
  return {
    id: "share",
    header: "Share of reads",
    about: "Of all blocks read in this time. Reads of indexes are part of their table's.",
    cell: (row) => {
      const ratio = row.misses === null || !allMisses ? null : row.misses / allMisses;
      return (
        <Meter
          label="Share of reads"
          ratio={ratio}
          text={formatPercent(ratio)}
          className="w-20 sm:w-32"
        />
      );
    },
  };
}

function ReadTime({ row }: { row: CacheRow }) {
  if (row.readMs !== null)
    return (
      <span className={clsx(row.verdict.state === "poor" && "text-warn")}>
        {formatDuration(row.readMs)}
      </span>
    );
  const why = row.untimedBecause ?? "Nothing was read.";
  return (
    <span title={row.untimedBecause ? `Unknown: ${why}` : why} className="text-faint">
      {UNKNOWN}
    </span>
  );
}
