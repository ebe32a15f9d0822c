"use client";
import Link from "next/link";
import { ToneIcon } from "#components/ui/tone-icon.tsx";
import { ageSeconds, formatAge, formatUtc } from "#components/data/format.ts";
import { useNow } from "#components/data/use-now.ts";
import { placeTitle } from "#components/overview/places.ts";
import { severityTone } from "#components/overview/tones.ts";
import type { OverviewProblem } from "#lib/overview/schema.ts";

export interface ProblemOfSource extends OverviewProblem {
  source: string;
}

/** What is wrong now, worst first; each line leads to its evidence. */
export function ProblemList({ problems }: { problems: readonly ProblemOfSource[] }) {
  const now = useNow();
  return (
    <ul className="divide-y divide-line">
      {problems.map((problem) => (
        <li key={`${problem.source} ${problem.type} ${problem.entity}`}>
          <Link href={problem.href} className="flex items-start gap-2.5 px-3 py-2 hover:bg-hover">
            <ToneIcon tone={severityTone[problem.severity]} className="mt-0.5" />
            <span className="min-w-0 flex-1">
              <span className="block wrap-anywhere">
                <span className="sr-only">{problem.severity}: </span>
                {problem.title}
              </span>
              <span className="text-xs text-muted">
                {problem.source} · {placeTitle(problem.signal)}
              </span>
            </span>
            <time
              dateTime={problem.since}
              title={formatUtc(problem.since)}
              className="text-xs whitespace-nowrap text-muted"
            >
              {now ? `for ${formatAge(ageSeconds(problem.since, now))}` : ""}
            </time>
          </Link>
        </li>
      ))}
    </ul>
  );
}
