import type { Action } from "#lib/actions/define.ts";
import { clean } from "./actions/clean.ts";
import { drain } from "./actions/drain.ts";
import { pause, resume } from "./actions/pause.ts";
import { pauseSchedulerAction, resumeSchedulerAction } from "./actions/pause-scheduler.ts";
import { promote } from "./actions/promote.ts";
import { remove } from "./actions/remove.ts";
import { retry } from "./actions/retry.ts";
import { reveal } from "./actions/reveal.ts";
import { runSchedulerNow } from "./actions/run-scheduler.ts";
import { spread } from "./actions/spread.ts";

/** Everything a person can do to a queue or one of its jobs; each has its file below `actions`. */
export const queueActions: readonly Action[] = [
  retry,
  promote,
  remove,
  pause,
  resume,
  reveal,
  drain,
  clean,
  spread,
  runSchedulerNow,
  pauseSchedulerAction,
  resumeSchedulerAction,
];
