import { failpoint } from "#lib/actions/failpoint.ts";
import { isAppError, messageOf } from "#lib/core/errors.ts";
import { log } from "#lib/core/log.ts";
import { SECOND } from "#lib/core/time.ts";
import type { WorkContext } from "#lib/signals/define.ts";
import { openForAction } from "#lib/sources/bullmq/acting.ts";
import { isStaleLease } from "#lib/sources/bullmq/acting-lease.ts";
import { refOfKey } from "#lib/sources/bullmq/queue-ids.ts";
import type { OpenSource } from "#lib/sources/define.ts";
import { isSourceError } from "#lib/sources/errors.ts";
import {
  change,
  finish,
  isLeaseLost,
  type LeasedRedrive,
  leaseRedrive,
  putDown,
  renew,
  type Standing,
} from "./lease.ts";
import { recover } from "./recover.ts";
import { isSending, Rounds } from "./rounds.ts";
import type { Sender } from "./send.ts";
import { sendBack } from "./send-back.ts";
import { sendCopies } from "./send-copy.ts";
import { tellPages } from "./tell.ts";

/** After a failure, such as a Redis that does not answer. */
const AGAIN_MS = 3 * SECOND;

/** Carries one redrive on until it ends, rests, or this process stops; false when none waits for it. */
export async function carryOn(context: WorkContext): Promise<boolean> {
  const redrive = await leaseRedrive();
  if (!redrive) return false;
  try {
    await failpoint("batch_leased", redrive.id);
    await work(redrive, context);
  } catch (error) {
    await putDownAfter(redrive, error);
  }
  return true;
}

async function work(redrive: LeasedRedrive, context: WorkContext): Promise<void> {
  const standing = await renew(redrive);
  // Without anything to send or to find out, its source need not even be there.
  if (!isSending(standing) && standing.heldFor !== "breaker" && !standing.items["claimed"]) {
    if (!(await rest(redrive, standing))) await putDown(redrive, null, 0);
    return;
  }
  const source = await context.openSource(redrive.sourceId);
  const sender = senderOf(redrive);
  if (source.kind !== "bullmq" || !sender) throw new Error("the queue of a redrive is no BullMQ's");
  await recover(redrive, sender, source.conn);
  await failpoint("batch_resolved", redrive.id);
  if (!(await holdIfReadOnly(redrive, source, standing))) {
    const rounds = new Rounds(redrive, sender, source.conn, standing.rate);
    await rounds.run(context.abort);
  }
  await endOrRest(redrive, sender, source, context);
}

/** What comes after the last round: whatever its people decided meanwhile. */
async function endOrRest(
  redrive: LeasedRedrive,
  sender: Sender,
  source: OpenSource<"bullmq">,
  { abort }: WorkContext,
): Promise<void> {
  const standing = await renew(redrive);
  await failpoint("batch_closing", redrive.id);
  if (!(await rest(redrive, standing))) {
    await putDown(redrive, null, 0);
  } else if (isOver(standing)) {
    // The end is recorded: receipts that cannot be removed now expire.
    await sender.close(source.conn).catch(() => {});
  }
  if (!abort.aborted) await tellPages();
}

const isOver = ({ state }: Standing): boolean =>
  state === "completed" || state === "stopped" || state === "cancelled";

/** Ends the redrive or lays it aside, as its state says; false when there is more to do. */
async function rest(redrive: LeasedRedrive, standing: Standing): Promise<boolean> {
  if (isSending(standing)) return false;
  if (isOver(standing)) return finish(redrive, standing.state);
  const again = standing.heldFor === "breaker" ? AGAIN_MS : null;
  return putDown(redrive, standing.state, again);
}

function senderOf(redrive: LeasedRedrive): Sender | null {
  const from = refOfKey(redrive.queueKey);
  const to = redrive.target === null ? null : refOfKey(redrive.target);
  if (!from || (redrive.target !== null && !to)) return null;
  return to ? sendCopies(redrive, from, to) : sendBack(redrive, from);
}

/** A queue that is gone or that only its own library may change waits for a person. */
async function holdIfReadOnly(
  redrive: LeasedRedrive,
  source: OpenSource,
  standing: Standing,
): Promise<boolean> {
  try {
    await openForAction(source, redrive.target ?? redrive.queueKey);
    return false;
  } catch (error) {
    if (!isAppError(error)) throw error;
    const note = [error.message, error.options.detail].filter(Boolean).join(". ");
    if (isSending(standing))
      await change(redrive, standing.state, { state: "held", heldFor: "queue", note });
    return true;
  }
}

/** Whatever was under way is found out by the next worker that takes it; nothing is sent twice for it. */
async function putDownAfter(redrive: LeasedRedrive, error: unknown): Promise<void> {
  if (isLeaseLost(error) || isStaleLease(error)) {
    log.warn({ redriveId: redrive.id }, "this redrive was taken over, or its receipts were lost");
  } else {
    log.warn({ redriveId: redrive.id, err: error }, "a redrive was interrupted; it goes on soon");
  }
  const why = isSourceError(error) || isAppError(error) ? messageOf(error) : "Something failed.";
  await putDown(redrive, null, AGAIN_MS, `Interrupted, it tries again by itself: ${why}`).catch(
    (failure: unknown) =>
      log.warn({ redriveId: redrive.id, err: failure }, "a lease was not given back"),
  );
}
