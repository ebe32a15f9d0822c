import type { Job } from "bullmq";
import type { NotificationJob } from "../payments/jobs.ts";

const TIMEOUT_MS = 3_000;

/** Hands a text message to the SMS gateway. */
export const sendText =
  (gatewayUrl: string) =>
  async (job: Job<NotificationJob>): Promise<void> => {
    const response = await fetch(`${gatewayUrl}/v1/texts`, {
      method: "POST",
      body: JSON.stringify(job.data),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`The SMS gateway answered ${response.status}`);
  };
