import { MINUTE } from "#lib/core/time.ts";
import { ownersPhone } from "../data/people.ts";
import type { NotificationJob } from "../payments/jobs.ts";
import type { Company, Drill } from "./drill.ts";

const TEXTS_AT_ONCE = 300;

export const retryStorm: Drill = {
  name: "retry-storm",
  title: "The SMS gateway is down while reminders go out in batches",
  look: "Queues, notifications: every batch fails at once and comes back at the same moments, 1, 2, 4 … 64 s later, because its backoff has no jitter. Attempts outnumber jobs, delayed fills up, and after two minutes the first batch stays in failed. After the drill, retry it: it is sent.",
  lasts: "5m",
  start: async ({ sms }) => sms.faults.change({ failing: 1 }),
  stop: async ({ sms }) => sms.faults.change({ failing: 0 }),
  again: { everyMs: MINUTE, run: remindOwners },
};

async function remindOwners({ queues, merchants }: Company): Promise<void> {
  await queues.notifications.addBulk(
    Array.from({ length: TEXTS_AT_ONCE }, (_, at) => ({
      name: "reminder",
      data: {
        phone: ownersPhone((at % merchants) + 1),
        text: "Your new price list takes effect tomorrow.",
      } satisfies NotificationJob,
    })),
  );
}
