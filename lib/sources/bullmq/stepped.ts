import type { BullmqConnection } from "./connect.ts";
import { RECEIPT_MS } from "./fenced.ts";
import { StepSize } from "./step-size.ts";
import { queueKey, type QueueRef } from "./queries.ts";

/**
 * Work on any number of jobs, in atomic steps of about a millisecond. How far it came stands beside the queue and changes with
 * each step, so a worker that dies loses nothing and repeats nothing, and two at once share the work.
 */
export interface SteppedCall {
  queue: QueueRef;
  runId: string;
  /** Names the part of a run, where it has several. */
  part: string;
  /**
   * Lua of one step. It keeps what it must remember as texts in the table `state`, counts in `state.changed` and
   * `state.kept`, looks at `STEP` jobs at most, and returns nothing while there is more to do, "done", or a word for why it may not
   * go on.
   */
  lua: string;
  keys: readonly string[];
  args: readonly (string | number)[];
  /** Arguments behind `args` that each step gets anew: the time, randomness. */
  fresh?: () => readonly (string | number)[];
}

export interface Progress {
  /** "more" until it is "done"; any other word is why it stopped. */
  outcome: string;
  changed: number;
  kept: number;
}

/** Takes steps until there is nothing more to do or the script stops. Stops with "more" when `abort` fires. */
export async function runSteps(
  conn: BullmqConnection,
  call: SteppedCall,
  abort: AbortSignal,
): Promise<Progress> {
  const keys = [...call.keys, progressKey(call)];
  const lua = compose(call.lua);
  const way = await wayThereAndBack(conn, call);
  const steps = new StepSize();
  for (;;) {
    const args = [...call.args, ...(call.fresh?.() ?? []), steps.size];
    const [answer, took] = await timed(() =>
      conn.run((redis) => redis.eval(lua, keys.length, ...keys, ...args)),
    );
    const progress = decode(answer);
    if (progress.outcome !== "more" || abort.aborted) return progress;
    steps.took(took - way);
    // As long as the step took, the server belongs to its other clients.
    await new Promise((resolve) => setTimeout(resolve, Math.max(took - way, 0)));
  }
}

/** The quickest of a few answers that cost the server nothing, in milliseconds. */
async function wayThereAndBack(conn: BullmqConnection, call: SteppedCall): Promise<number> {
  let way = Number.POSITIVE_INFINITY;
  for (let look = 0; look < 5; look += 1) {
    const [, took] = await timed(() => conn.run((redis) => redis.exists(progressKey(call))));
    way = Math.min(way, took);
  }
  return way;
}

/** The answer, and the milliseconds until it came. */
async function timed<T>(work: () => Promise<T>): Promise<[answer: T, tookMs: number]> {
  const started = performance.now();
  const answer = await work();
  return [answer, performance.now() - started];
}

/** How far this part of a run came; null when it took no step yet, or its progress was forgotten after a day. */
export async function readProgress(
  conn: BullmqConnection,
  call: Pick<SteppedCall, "queue" | "runId" | "part">,
): Promise<Progress | null> {
  const [outcome, changed, kept] = await conn.run((redis) =>
    redis.hmget(progressKey(call), "outcome", "changed", "kept"),
  );
  return changed === null ? null : decode([outcome ?? "more", changed, kept]);
}

function decode(answer: unknown): Progress {
  const [outcome, changed, kept] = answer as [string, unknown, unknown];
  return { outcome, changed: Number(changed), kept: Number(kept) };
}

/** Under the queue's own prefix, so that the same ACL and cluster slot hold. No job id has this form. */
const progressKey = ({ queue, runId, part }: Pick<SteppedCall, "queue" | "runId" | "part">) =>
  queueKey(queue, `plumbline-progress:${runId}:${part}`);

/** Only "done" is remembered: what stopped a step may be over at the next try. */
function compose(step: string): string {
  return `
local STEP = tonumber(ARGV[#ARGV])
local progress = KEYS[#KEYS]
local state = {changed = 0, kept = 0}
local stored = redis.call("HGETALL", progress)
for at = 1, #stored, 2 do state[stored[at]] = stored[at + 1] end
state.changed = tonumber(state.changed)
state.kept = tonumber(state.kept)
if state.outcome then return {state.outcome, state.changed, state.kept} end
local function step()
${step}
end
local outcome = step()
if outcome == "done" then state.outcome = outcome end
for field, value in pairs(state) do redis.call("HSET", progress, field, value) end
redis.call("PEXPIRE", progress, ${RECEIPT_MS})
return {outcome or "more", state.changed, state.kept}`;
}
