import type { JobState } from "../bullmq/states.ts";

/** SQL for the jobs of a state. Prioritized jobs are waiting ones with a priority; nothing is set aside while a queue is paused. */
export function stateFilter(state: JobState): string {
  if (state === "paused") return "false";
  if (state === "waiting") return "state = 'waiting' and priority = 0";
  return state === "prioritized" ? "state = 'waiting' and priority > 0" : `state = '${state}'`;
}

/** The state of a row, as the console names it. */
export const stateOf = (state: string, priority: number): JobState =>
  state === "waiting" && priority > 0 ? "prioritized" : (state as JobState);
