import type { Tone } from "#components/ui/tone.ts";
import type { JobState } from "#lib/signals/queues/schema.ts";

interface StateWords {
  label: string;
  about: string;
  tone: Tone;
}

/** How each state of a job reads, in the order of a job's life. */
export const STATES: Record<JobState, StateWords> = {
  waiting: { label: "Waiting", about: "Could run now, in order of arrival.", tone: "accent" },
  paused: {
    label: "Set aside",
    about: "Waiting jobs that an older BullMQ, or Bull, keeps apart while the queue is paused.",
    tone: "warn",
  },
  prioritized: {
    label: "Prioritized",
    about: "Could run now, the most urgent first.",
    tone: "accent",
  },
  active: { label: "Active", about: "A worker is on it.", tone: "ok" },
  delayed: {
    label: "Delayed",
    about: "Scheduled for later, or waiting for the next attempt after a failure.",
    tone: "neutral",
  },
  "waiting-children": {
    label: "Waiting for children",
    about: "A flow's parent: runs when the jobs it depends on are done.",
    tone: "neutral",
  },
  completed: { label: "Completed", about: "Done, and kept by the queue.", tone: "ok" },
  failed: { label: "Failed", about: "Out of attempts. Stays until somebody acts.", tone: "crit" },
};

/** Why nobody can say how many workers a queue has. */
export const WORKERS_UNKNOWN =
  "CLIENT LIST is not allowed on this Redis, or two schemas of this PostgreSQL have a queue of this name.";
