import type { LiveJob } from "#lib/signals/queues/client.ts";

type Parent = NonNullable<LiveJob["parent"]>;

/** What its retry will and will not do for the parent of a failed job. BullMQ puts it back among the jobs that its parent waits for, and no more. */
export function whatRetryDoes({ job, state, onFailure }: Parent): string {
  const parent = `Its parent ${job}`;
  switch (state) {
    case "waiting-children":
      return `${parent} waits for it, and goes on when this and its other jobs have completed.`;
    case "failed":
      return onFailure === "fails"
        ? `${parent} failed with it and stays failed: retry the parent when this job has completed.`
        : `${parent} failed and stays failed.`;
    case "completed":
      return `${parent} has completed without it and does not run again.`;
    case null:
      return `${parent} is gone or cannot be found: only this job runs.`;
    default:
      return `${parent} went on without it (${state}) and will not wait for it${onFailure ? WENT_ON[onFailure] : ""}.`;
  }
}

const WENT_ON = {
  fails: "; it is about to fail, and stays failed then",
  continues: "",
  ignores: "",
  forgets: ", nor see its result",
} as const;
