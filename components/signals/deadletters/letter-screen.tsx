"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Failures } from "#components/data/failures.tsx";
import { formatUtc, plural } from "#components/data/format.ts";
import { PageHeader } from "#components/data/page-header.tsx";
import { Panel } from "#components/data/panel.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { letterQuery } from "#lib/signals/deadletters/client.ts";
import type { LetterDetail } from "#lib/signals/deadletters/schema.ts";
import { Marks, StateBadge } from "./badges.tsx";
import { LetterActions } from "./letter-actions.tsx";
import { LetterFacts } from "./letter-facts.tsx";
import { History } from "./letter-history.tsx";
import { LetterOptions } from "./letter-options.tsx";
import { LetterPayload } from "./letter-payload.tsx";
import { groupHref, letterHref } from "./links.ts";
import { LETTER_STATES } from "./states.ts";

const CRUMBS = [{ label: "Dead letters", href: "/dead-letters" }];

/** One failure of one job: what failed, why, what was done about it, and what can be done now. */
export function LetterScreen({ id }: { id: string }) {
  const query = useQuery(letterQuery(id));
  const letter = query.data?.data;
  return (
    <>
      <PageHeader
        crumbs={CRUMBS}
        title={<bdi>{letter?.name ?? "Dead letter"}</bdi>}
        meta={
          letter ? (
            <>
              <StateBadge letter={letter} />
              <Marks letter={letter} />
            </>
          ) : null
        }
        actions={letter ? <LetterActions letter={letter} /> : null}
      />
      <div className="flex flex-col gap-4">
        <Panel
          title="What happened"
          hint={letter ? <JobId job={letter.job} /> : undefined}
          reading={query.data}
          loading={query.isPending}
          error={query.data ? undefined : query.error}
          onRetry={() => query.refetch()}
        >
          {letter ? (
            <div className="flex flex-col gap-4">
              <Standing letter={letter} />
              <LetterFacts letter={letter} />
            </div>
          ) : null}
        </Panel>
        {letter ? <LetterPanels letter={letter} /> : null}
      </div>
    </>
  );
}

/** How it stands, in a sentence, with the next thing to do; then the error itself. */
function Standing({ letter }: { letter: LetterDetail }) {
  return (
    <div className="flex flex-col gap-2">
      <p>{LETTER_STATES[letter.state].about}</p>
      {letter.readOnlyBecause ? <p className="text-muted">{letter.readOnlyBecause}</p> : null}
      <div className="rounded-md bg-crit-soft p-2.5">
        <p className="line-clamp-4 wrap-anywhere whitespace-pre-wrap">
          <bdi className="font-mono text-xs text-crit">{letter.errorClass}</bdi>{" "}
          <bdi>{letter.message}</bdi>
        </p>
      </div>
    </div>
  );
}

function LetterPanels({ letter }: { letter: LetterDetail }) {
  const { failures } = letter;
  return (
    <div className="grid items-start gap-4 xl:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-4">
        <Panel
          title="Why"
          hint={failures.length > 0 ? `${plural(failures.length, "attempt")} kept` : undefined}
        >
          <Failures failures={failures} reason={letter.message} />
        </Panel>
        <Panel title="History">
          <History events={letter.history} />
        </Panel>
        <Related letter={letter} />
      </div>
      <div className="flex min-w-0 flex-col gap-4">
        <LetterPayload letter={letter} />
        {letter.options.text === null ? null : (
          <Panel title="Retries and options">
            <LetterOptions options={letter.options} />
          </Panel>
        )}
      </div>
    </div>
  );
}

function Related({ letter }: { letter: LetterDetail }) {
  const { group, otherFailures } = letter;
  const link = "text-accent underline-offset-2 hover:underline";
  return (
    <Panel title="Others">
      <div className="flex flex-col gap-3 text-sm">
        <p className="min-w-0">
          <Link href={groupHref(group.id, group.dead === 0 ? "state:any" : "")} className={link}>
            {group.dead === 0 ? "Letters in any state" : plural(group.dead, "dead letter")} with the
            same cause
          </Link>
          <span className="block truncate text-xs text-muted" title={group.message.slice(0, 500)}>
            <bdi className="font-mono">{group.errorClass}</bdi> <bdi>{group.message}</bdi>
          </span>
        </p>
        {otherFailures.length === 0 ? (
          <p className="text-muted">This job has no other failure on record.</p>
        ) : (
          <ul className="flex flex-col gap-1" aria-label="Other failures of this job">
            {otherFailures.map((other) => (
              <li key={other.id} className="flex flex-wrap items-center gap-2">
                <Link href={letterHref(other.id)} className={link}>
                  {formatUtc(other.failedAt)}
                </Link>
                <StateBadge letter={{ state: other.state, outcome: null }} />
              </li>
            ))}
          </ul>
        )}
      </div>
    </Panel>
  );
}

function JobId({ job }: { job: string }) {
  return (
    <span className="flex min-w-0 items-center gap-1 font-mono">
      <bdi className="min-w-0 truncate">{job}</bdi>
      <CopyButton text={job} label="Copy job id" />
    </span>
  );
}
