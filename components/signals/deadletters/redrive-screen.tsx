"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { auditHref } from "#components/data/action-outcome.tsx";
import { formatDuration, formatInteger, formatRate, formatUtc } from "#components/data/format.ts";
import { KeyValue, Stat } from "#components/data/key-value.tsx";
import { PageHeader } from "#components/data/page-header.tsx";
import { Panel } from "#components/data/panel.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { ToneIcon } from "#components/ui/tone-icon.tsx";
import { redriveQuery, type Redrive } from "#lib/signals/deadletters/client.ts";
import type { Guard } from "#lib/signals/deadletters/schema.ts";
import { Ago } from "./ago.tsx";
import { lettersHref, queueHref, REDRIVES_HREF } from "./links.ts";
import { RedriveActions } from "./redrive-actions.tsx";
import { Outcomes } from "./redrive-outcomes.tsx";
import { RedriveBar } from "./redrive-bar.tsx";
import { partsOf, sentOf } from "./redrive-parts.ts";
import { breakerWarning, isActive, REDRIVE_STATES } from "./states.ts";

const CRUMBS = [
  { label: "Dead letters", href: "/dead-letters" },
  { label: "Redrives", href: REDRIVES_HREF },
];
const MOVING_MS = 1_000;

/** One redrive: how far it is, how it goes, who wanted it and why, and the brakes. */
export function RedriveScreen({ id }: { id: string }) {
  const query = useQuery({
    ...redriveQuery(id),
    refetchInterval: ({ state }) =>
      state.data && isActive(state.data.data.state) ? MOVING_MS : false,
  });
  const redrive = query.data?.data;
  const words = redrive && REDRIVE_STATES[redrive.state];
  return (
    <>
      <PageHeader
        crumbs={CRUMBS}
        title={<bdi>{redrive?.name ?? "Redrive"}</bdi>}
        meta={words ? <Badge tone={words.tone}>{words.label.toLowerCase()}</Badge> : null}
        actions={redrive ? <RedriveActions redrive={redrive} /> : null}
      />
      <div className="flex flex-col gap-4">
        <Panel
          title="Progress"
          hint={redrive ? <Hint redrive={redrive} /> : undefined}
          reading={query.data}
          loading={query.isPending}
          error={query.data ? undefined : query.error}
          onRetry={() => query.refetch()}
        >
          {redrive ? (
            <div className="flex flex-col gap-4">
              <Note redrive={redrive} />
              <Figures redrive={redrive} />
              <RedriveBar redrive={redrive} className="w-full" />
              <Parts redrive={redrive} />
            </div>
          ) : null}
        </Panel>
        {redrive ? (
          <div className="grid items-start gap-4 xl:grid-cols-2">
            <Panel title="What became of them" hint="of the letters that were sent">
              <Outcomes redrive={redrive} />
            </Panel>
            <Panel title="Why and how">
              <About redrive={redrive} />
            </Panel>
          </div>
        ) : null}
      </div>
    </>
  );
}

const Hint = ({ redrive }: { redrive: Redrive }) => (
  <bdi>
    {redrive.queue.name}
    {redrive.target ? ` → ${redrive.target}` : ""}
  </bdi>
);

/** Why it stands where it stands. */
function Note({ redrive: { state, note } }: { redrive: Redrive }) {
  const { tone, about } = REDRIVE_STATES[state];
  return (
    <p className="flex items-start gap-2 text-sm">
      <ToneIcon tone={tone} className="mt-0.5" />
      <span className="min-w-0 wrap-anywhere">{note ?? about}</span>
    </p>
  );
}

function Figures({ redrive }: { redrive: Redrive }) {
  const { total, rate, rateNow, etaSeconds, state } = redrive;
  return (
    <div className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-4">
      <Stat
        label="Dealt with"
        value={formatInteger(sentOf(redrive))}
        hint={`of ${formatInteger(total)}`}
      />
      <Stat
        label="Rate now"
        value={formatRate(rateNow)}
        hint={`asked: ${formatInteger(rate)} per second`}
      />
      <Stat
        label="Left to send"
        value={
          state === "completed" || etaSeconds === null
            ? null
            : formatDuration(Math.round(etaSeconds) * 1_000)
        }
        hint={isActive(state) ? "at this rate" : "it has ended"}
      />
      <Stat
        label="Started"
        value={<Ago at={redrive.startedAt ?? redrive.createdAt} />}
        hint={redrive.finishedAt ? `ended ${formatUtc(redrive.finishedAt)}` : "ago"}
      />
    </div>
  );
}

/** The exact parts, which add up to the whole. */
function Parts({ redrive }: { redrive: Redrive }) {
  return (
    <dl className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
      {partsOf(redrive)
        .filter(({ count }) => count > 0)
        .map(({ id, label, about, count }) => (
          <div key={id} title={about} className="flex items-baseline gap-1.5">
            <dt className="order-2 text-muted">{label}</dt>
            <dd className="tabular font-medium">{formatInteger(count)}</dd>
          </div>
        ))}
    </dl>
  );
}

function About({ redrive }: { redrive: Redrive }) {
  const link = "text-accent underline-offset-2 hover:underline";
  return (
    <KeyValue
      items={[
        ["Started by", redrive.startedBy],
        ["Reason", redrive.reason],
        [
          "Search",
          <Link key="q" href={lettersHref(anyState(redrive.query))} className={link}>
            <span className="font-mono text-xs">{redrive.query || "everything"}</span>
          </Link>,
        ],
        [
          "Queue",
          <Link key="queue" href={queueHref(redrive.queue.id)} className={link}>
            <bdi>{redrive.queue.name}</bdi>
          </Link>,
        ],
        ["Canary", redrive.canary === 0 ? "none" : formatInteger(redrive.canary)],
        ["Stops above", `${Math.round(redrive.stopRatio * 100)} % failing again`],
        ...(redrive.breaker ? [["Breaker", breakerText(redrive.breaker)] as const] : []),
        ["Attempts", redrive.resetAttempts ? "all of them again" : "one more each"],
        [
          "Record",
          <Link key="audit" href={auditHref(redrive.runId)} className={link}>
            Audit log
          </Link>,
        ],
      ]}
    />
  );
}

const breakerText = (breaker: Guard): string =>
  breakerWarning(breaker) ?? `${breaker.name}: ${breaker.state.replace("_", " ")}`;

/** Its letters are not dead any more. */
const anyState = (query: string): string =>
  /(^|\s)-?state:/.test(query) ? query : `${query} state:any`.trim();
