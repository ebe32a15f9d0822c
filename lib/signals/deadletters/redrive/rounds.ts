import { failpoint } from "#lib/actions/failpoint.ts";
import { SECOND, sleep } from "#lib/core/time.ts";
import type { BullmqConnection } from "#lib/sources/bullmq/connect.ts";
import { beforeFirst, claimBatch, type Item, recordBatch, type Settled } from "./batch.ts";
import { breakerOf, stateOf } from "./breaker.ts";
import { change, heedBreaker, type LeasedRedrive, renew, type Standing } from "./lease.ts";
import { nextStep } from "./next-step.ts";
import { Pace } from "./pace.ts";
import { RecentRate } from "./recent-rate.ts";
import type { Sender, Sent } from "./send.ts";
import { tellPages } from "./tell.ts";

/** Letters claimed and recorded together: more than a round of the rate only while it is behind. */
const MAX_BATCH = 250;
/** So soon a change of its state or rate is noticed. */
const LOOK_MS = 250;

export const isSending = ({ state }: Pick<Standing, "state">): boolean =>
  state === "running" || state === "canary";

/** Sends the letters of one redrive, round by round, at its rate, until its state says otherwise. */
export class Rounds {
  readonly #redrive: LeasedRedrive;
  readonly #sender: Sender;
  readonly #conn: BullmqConnection;
  readonly #pace: Pace;
  readonly #recent = new RecentRate();
  readonly #breaker: string | null;
  #lastSeq = Infinity;
  #lookedAt = -Infinity;
  #toldAt = -Infinity;

  constructor(redrive: LeasedRedrive, sender: Sender, conn: BullmqConnection, rate: number) {
    this.#redrive = redrive;
    this.#sender = sender;
    this.#conn = conn;
    this.#pace = new Pace(rate);
    this.#breaker = breakerOf(redrive);
  }

  async run(abort: AbortSignal): Promise<void> {
    while (!abort.aborted) {
      const standing = await renew(this.#redrive);
      const heldByBreaker = standing.state === "held" && standing.heldFor === "breaker";
      if (!isSending(standing) && !heldByBreaker) return;
      if (heldByBreaker && (await this.#isBlocked(standing))) return;
      if (await this.#decide(standing)) await this.#send(standing);
    }
  }

  /** Whether letters may be sent now; moves the redrive on where that is due. */
  async #decide(standing: Standing): Promise<boolean> {
    const now = performance.now();
    if (standing.state === "held") {
      await this.#change(standing, { state: standing.passedCanary ? "running" : "canary" });
      return false;
    }
    if (now - this.#lookedAt < LOOK_MS && standing.items["pending"]) return true;
    this.#lookedAt = now;
    if (await this.#isBlocked(standing)) {
      const note = `Breaker ${this.#breaker} is open. It goes on by itself when the breaker closes.`;
      await this.#change(standing, { state: "held", heldFor: "breaker", note });
      return false;
    }
    const step = await nextStep(this.#redrive, standing, this.#conn);
    if (step) await this.#change(standing, step);
    return step === null;
  }

  /** One that nobody can see holds nothing; but what was open when it was last seen goes on holding what it held. */
  async #isBlocked({ ignoresBreaker, heldFor }: Standing): Promise<boolean> {
    if (this.#breaker === null) return false;
    const state = await stateOf(this.#breaker);
    if (state === "closed" && ignoresBreaker) await heedBreaker(this.#redrive);
    const isOpen = state === "open" || (state === "unknown" && heldFor === "breaker");
    return isOpen && !ignoresBreaker;
  }

  async #change(standing: Standing, step: Parameters<typeof change>[2]): Promise<void> {
    await change(this.#redrive, standing.state, step);
    await tellPages();
  }

  async #send(standing: Standing): Promise<void> {
    const { rate, items: counts } = standing;
    this.#pace.setRate(rate);
    const most = standing.state === "canary" ? this.#redrive.canary - sentOf(counts) : MAX_BATCH;
    const want = most > 0 ? this.#pace.take(Math.min(most, MAX_BATCH)) : 0;
    if (want === 0) {
      const wait = most > 0 ? this.#pace.wait(Math.min(most, MAX_BATCH)) : LOOK_MS;
      await sleep(Math.min(wait, LOOK_MS));
      return;
    }
    const sent = await this.#sendBatch(want);
    this.#pace.giveBack(want - sent);
    if (performance.now() - this.#toldAt < SECOND) return;
    this.#toldAt = performance.now();
    await tellPages();
  }

  /** Claim, send, record: how many were sent. */
  async #sendBatch(want: number): Promise<number> {
    const redrive = this.#redrive;
    if (this.#lastSeq >= redrive.total) this.#lastSeq = await beforeFirst(redrive);
    const batch = await claimBatch(redrive, this.#lastSeq, want);
    if (!batch) return 0;
    await failpoint("batch_claimed", redrive.id);
    const { items } = batch;
    this.#lastSeq = batch.lastSeq;
    if (items.length === 0) return 0;
    const answers = await this.#sender.send(this.#conn, items);
    await failpoint("batch_sent", redrive.id);
    const settled = items.map((item, at) => this.#settled(item, answers[at] as Sent));
    this.#recent.add(items.length);
    await recordBatch(redrive, settled, this.#recent.perSecond());
    await failpoint("batch_recorded", redrive.id);
    // Receipts that stay are only a little memory, until the end or for a day.
    void this.#sender.forget(this.#conn, items).catch(() => {});
    return items.length;
  }

  #settled(item: Item, answer: Sent): Settled {
    if (answer === "sent") return { item, state: this.#redrive.target ? "moved" : "retried" };
    return { item, state: answer === "changed" ? "skipped" : answer };
  }
}

const sentOf = (items: Standing["items"]): number =>
  (items["retried"] ?? 0) + (items["moved"] ?? 0);
