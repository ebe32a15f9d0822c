import type { Actor } from "#lib/auth/actor.ts";
import { can } from "#lib/auth/policy.ts";
import type { Sql } from "#lib/db/sql.ts";
import { reasonFor } from "./reveal.ts";
import type { LetterDetail } from "./schema.ts";
import type { LetterState } from "./states.ts";

/** What a letter itself remembers of what happened to it. */
export interface HistoryRow {
  letterId: string;
  sourceId: string;
  state: LetterState;
  stateAt: Date;
  addedAt: Date | null;
  failedAt: Date;
  capturedAt: Date;
  attempts: number | null;
  retries: number;
  runId: string | null;
  redriveId: string | null;
  actedBy: string | null;
  actedReason: string | null;
  outcome: LetterDetail["outcome"];
  outcomeAt: Date | null;
}

type Event = LetterDetail["history"][number];

/** Who did what to a letter when and why, oldest first. Other people's runs are for readers of the audit log. */
export async function historyOf(on: Sql, actor: Actor, row: HistoryRow): Promise<Event[]> {
  const runs = await runsOn(on, actor, row);
  const told = runs.some(({ runId }) => runId === row.runId && runId !== null);
  const events = [...ofJob(row), ...runs.map(ofRun), ...ofState(row, told), ...ofOutcome(row)];
  return events
    .map((each) => ({ ...each, reason: each.reason && reasonFor(actor, each.reason) }))
    .toSorted((a, b) => a.at.localeCompare(b.at));
}

const event = (at: Date, what: string, more: Partial<Event> = {}): Event => ({
  at: at.toISOString(),
  what,
  by: null,
  reason: null,
  runId: null,
  redriveId: null,
  ...more,
});

function ofJob({ addedAt, failedAt, capturedAt, attempts, retries }: HistoryRow): Event[] {
  const tries =
    attempts === null ? "" : ` after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
  const again = retries > 0 ? ", although it had been retried by hand" : "";
  return [
    ...(addedAt ? [event(addedAt, "The job was added to its queue")] : []),
    event(failedAt, `It failed for good${tries}${again}`),
    event(capturedAt, "Plumbline stored the failure"),
  ];
}

interface RunRow {
  runId: string;
  name: string;
  state: string;
  at: Date;
  by: string;
  reason: string;
}

/** Runs of actions on this one letter, and of the one that decided about it among others. */
async function runsOn(
  on: Sql,
  actor: Actor,
  { letterId, sourceId, runId }: HistoryRow,
): Promise<RunRow[]> {
  const { rows } = await on.query<RunRow>(
    `SELECT id AS "runId", name, state, created_at AS at, actor_login AS by, reason FROM action_run
     WHERE ((target = $1 AND (source_id = $2::uuid OR source_id IS NULL)) OR id = $3::uuid)
       AND name <> 'deadletters.reveal' AND ($4 OR actor_id = $5) ORDER BY created_at DESC LIMIT ${MAX_RUNS}`,
    [`dead letter ${letterId}`, sourceId, runId, can(actor, "audit.read"), actor.id],
  );
  return rows;
}

const MAX_RUNS = 100;

const RUN_WORDS: Readonly<Record<string, string>> = {
  "deadletters.retry": "Retry",
  "deadletters.move": "Move to another queue",
  "deadletters.edit": "Change of the payload",
  "deadletters.revert": "Change of the payload taken back",
  "deadletters.discard": "Discard",
  "deadletters.restore": "Restore",
};

const RUN_ENDINGS: Readonly<Record<string, string>> = {
  succeeded: "done",
  failed: "refused, nothing was done",
  in_doubt: "outcome not known",
};

function ofRun({ runId, name, state, at, by, reason }: RunRow): Event {
  const what = `${RUN_WORDS[name] ?? name}: ${RUN_ENDINGS[state] ?? "under way"}`;
  return event(at, what, { by, reason, runId });
}

const STATE_WORDS: Readonly<Record<Exclude<LetterState, "dead">, string>> = {
  claimed: "It is being retried",
  retried: "It went back into its queue",
  moved: "A copy went into another queue",
  discarded: "It was discarded",
  superseded: "Something else had acted on the job",
  gone: "The job was not in its queue any more",
  unknown: "Nobody could find out whether the retry took effect",
  lost: "The queue threw the job away with its payload",
};

/** Where it stands now; by whom is left to the run that tells it. */
function ofState(row: HistoryRow, told: boolean): Event[] {
  const { state, stateAt, redriveId, actedBy, actedReason } = row;
  if (state === "dead") return [];
  const who = told ? {} : { by: actedBy, reason: actedReason };
  return [event(stateAt, STATE_WORDS[state], { ...who, redriveId })];
}

const OUTCOME_WORDS = {
  completed: "The job completed",
  failed_again: "The job failed again",
  unknown: "What became of the job is not known",
} as const;

const ofOutcome = ({ outcome, outcomeAt }: HistoryRow): Event[] =>
  outcome && outcomeAt ? [event(outcomeAt, OUTCOME_WORDS[outcome])] : [];
