import Link from "next/link";
import { EmptyState } from "#components/data/empty-state.tsx";
import { formatInteger, formatUtc, plural } from "#components/data/format.ts";
import { Stat } from "#components/data/key-value.tsx";
import { ButtonLink } from "#components/ui/button-link.tsx";
import { ToneIcon } from "#components/ui/tone-icon.tsx";
import type { Selection } from "#lib/signals/deadletters/schema.ts";
import { Ago } from "./ago.tsx";
import { letterHref, lettersHref, queueHref, searchHref } from "./links.ts";
import { breakerWarning } from "./states.ts";

/** What a search covers: how much, where, by which cause, how old, and a few to look at. */
export function DryRun({ selection, q }: { selection: Selection; q: string }) {
  const { total, queues, groups, oldest, newest, sample, complaints, note } = selection;
  if (total === 0)
    return (
      <EmptyState
        title="Nothing would be sent"
        action={
          <ButtonLink size="sm" href={searchHref(q)}>
            Back to the search
          </ButtonLink>
        }
      >
        The search finds no letter that is dead. Letters in other states are never redriven. {note}
      </EmptyState>
    );
  return (
    <div className="flex flex-col gap-5">
      <div className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-4">
        <Stat label="Letters" value={formatInteger(total)} hint="later ones are not part of it" />
        <Stat label="Causes" value={formatInteger(groups.length)} hint="groups of errors" />
        <Stat label="Oldest" value={<Ago at={oldest} />} hint={formatUtc(oldest)} />
        <Stat label="Newest" value={<Ago at={newest} />} hint={formatUtc(newest)} />
      </div>
      {note ? <p className="text-sm text-muted">{note}</p> : null}
      {complaints.length > 0 ? (
        <ul className="flex flex-col gap-1 text-sm">
          {complaints.map(({ from, to, message }) => (
            <li key={`${from} ${message}`} className="flex items-start gap-2">
              <ToneIcon tone="warn" className="mt-0.5" />
              <span className="min-w-0 wrap-anywhere">
                <code className="font-mono text-xs">{q.slice(from, to)}</code> {message}
              </span>
            </li>
          ))}
        </ul>
      ) : null}
      <Queues queues={queues} />
      <Causes selection={selection} />
      <Sample sample={sample} total={total} q={q} />
    </div>
  );
}

function Queues({ queues }: Pick<Selection, "queues">) {
  return (
    <section>
      <h3 className="mb-1 text-sm font-medium">Queues</h3>
      <ul className="divide-y divide-line border-y border-line">
        {queues.map(({ queue, count, blockedBecause, breaker }) => (
          <li key={queue.id} className="flex flex-wrap items-baseline gap-x-3 py-1.5 text-sm">
            <Link href={queueHref(queue.id)} className="min-w-0 wrap-anywhere hover:underline">
              <bdi>{queue.name}</bdi>
            </Link>
            <span className="text-xs text-muted">{queue.source}</span>
            <span className="tabular ml-auto">{formatInteger(count)}</span>
            <Warning text={blockedBecause} />
            <Warning text={breaker && breakerWarning(breaker)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

const Warning = ({ text }: { text: string | null }) =>
  text ? (
    <span className="flex w-full items-start gap-1.5 text-xs text-warn">
      <ToneIcon tone="warn" className="mt-0.5 size-3.5" />
      <span className="min-w-0 wrap-anywhere">{text}</span>
    </span>
  ) : null;

/** More causes than these are one line. */
const SHOWN_CAUSES = 6;

function Causes({ selection: { groups, total } }: { selection: Selection }) {
  const rest = groups.slice(SHOWN_CAUSES);
  const restCount = rest.reduce((sum, { count }) => sum + count, 0);
  return (
    <section>
      <h3 className="mb-1 text-sm font-medium">Causes</h3>
      <ul className="flex flex-col gap-1.5">
        {groups.slice(0, SHOWN_CAUSES).map(({ id, errorClass, message, count }) => (
          <li key={id} className="flex min-w-0 flex-col gap-0.5 text-sm">
            <span className="flex min-w-0 items-baseline gap-3">
              <span className="min-w-0 truncate" title={message.slice(0, 500)}>
                <bdi className="font-mono text-xs">{errorClass}</bdi> <bdi>{message}</bdi>
              </span>
              <span className="tabular ml-auto shrink-0">{formatInteger(count)}</span>
            </span>
            <Share ratio={count / total} />
          </li>
        ))}
      </ul>
      {rest.length > 0 ? (
        <p className="mt-1.5 text-xs text-muted">
          and {plural(rest.length, "more cause")} with {plural(restCount, "letter")}
        </p>
      ) : null}
    </section>
  );
}

const Share = ({ ratio }: { ratio: number }) => (
  <svg aria-hidden="true" preserveAspectRatio="none" className="h-1 w-full rounded-full">
    <rect width="100%" height="100%" className="fill-line" />
    <rect width={`${ratio * 100}%`} height="100%" className="fill-series-1" />
  </svg>
);

function Sample({ sample, total, q }: Pick<Selection, "sample" | "total"> & { q: string }) {
  return (
    <section>
      <h3 className="mb-1 flex flex-wrap items-baseline gap-x-3 text-sm font-medium">
        Sample
        <Link href={lettersHref(q)} className="text-xs font-normal text-accent hover:underline">
          all {formatInteger(total)}
        </Link>
      </h3>
      <ul className="flex flex-col gap-1">
        {sample.map((letter) => (
          <li key={letter.id} className="flex min-w-0 items-baseline gap-2 text-sm">
            <Link
              href={letterHref(letter.id)}
              className="max-w-48 shrink-0 truncate hover:underline"
            >
              <bdi>{letter.name ?? letter.job}</bdi>
            </Link>
            <span className="min-w-0 truncate text-muted">
              <bdi>{letter.message}</bdi>
            </span>
            <span className="ml-auto shrink-0 text-xs text-muted">
              <Ago at={letter.failedAt} suffix=" ago" />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
