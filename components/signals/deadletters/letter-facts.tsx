"use client";
import Link from "next/link";
import { formatAge, formatDuration, formatUtc, UNKNOWN } from "#components/data/format.ts";
import { KeyValue } from "#components/data/key-value.tsx";
import { useNow } from "#components/data/use-now.ts";
import type { LetterDetail } from "#lib/signals/deadletters/schema.ts";
import { jobHref, queueHref } from "./links.ts";

const link = "text-accent underline-offset-2 hover:underline";

/** When, where, how often, by whom. */
export function LetterFacts({ letter }: { letter: LetterDetail }) {
  return (
    <div className="grid items-start gap-x-8 gap-y-1 md:grid-cols-2">
      <KeyValue
        items={[
          ["Failed", <At key="failed" at={letter.failedAt} />],
          ["Last started", <At key="started" at={letter.startedAt} />],
          ["Added", <At key="added" at={letter.addedAt} />],
          ["Run time", runTime(letter)],
          ["Captured", <At key="captured" at={letter.capturedAt} />],
        ]}
      />
      <KeyValue
        items={[
          ["Queue", <Where key="queue" letter={letter} />],
          [
            "Job",
            <Link key="job" href={jobHref(letter.queue.id, letter.job)} className={link}>
              as it is in the queue now
            </Link>,
          ],
          ["Attempts", attempts(letter)],
          [
            "Retried by hand",
            letter.retries === 0 ? "not before this failure" : `${letter.retries}×`,
          ],
          ["Stalls", stalls(letter)],
          ["Worker", letter.worker === null ? "not named" : <bdi key="w">{letter.worker}</bdi>],
          ...(letter.parent ? [["Parent", <Parent key="p" letter={letter} />] as const] : []),
        ]}
      />
    </div>
  );
}

function Where({ letter: { queue } }: { letter: LetterDetail }) {
  return (
    <span className="flex flex-wrap gap-x-3">
      <Link href={queueHref(queue.id)} className={link}>
        <bdi>{queue.name}</bdi>
      </Link>
      <span className="text-muted">{queue.source}</span>
    </span>
  );
}

function Parent({ letter: { queue, parent } }: { letter: LetterDetail }) {
  if (!parent) return null;
  return (
    <>
      <Link href={jobHref(`${queue.source}~${parent.queue}`, parent.job)} className={link}>
        <bdi>
          {parent.queue} {parent.job}
        </bdi>
      </Link>{" "}
      <span className="text-muted">
        A retry of this child does not pull back a parent that has failed already.
      </span>
    </>
  );
}

function attempts({ attempts: made, maxAttempts }: LetterDetail): string {
  if (made === null) return UNKNOWN;
  if (maxAttempts === null) return `${made} made`;
  return made > maxAttempts
    ? `${made} made, ${maxAttempts} allowed`
    : `${made} of ${maxAttempts} made`;
}

function stalls({ starts, stalls: count }: LetterDetail): string {
  if (count) return `lost its worker ${count}×`;
  return starts === null && count === null ? UNKNOWN : "none seen";
}

function runTime({ startedAt, failedAt }: LetterDetail): string {
  if (!startedAt) return UNKNOWN;
  const ms = Date.parse(failedAt) - Date.parse(startedAt);
  return ms >= 0 ? formatDuration(ms) : UNKNOWN;
}

function At({ at }: { at: string | null }) {
  const now = useNow();
  if (!at) return UNKNOWN;
  const seconds = now ? Math.max(0, Math.round((now.getTime() - Date.parse(at)) / 1_000)) : null;
  return (
    <time dateTime={at}>
      {formatUtc(at)}{" "}
      <span className="text-muted">{seconds === null ? "" : `${formatAge(seconds)} ago`}</span>
    </time>
  );
}
