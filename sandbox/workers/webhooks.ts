import { createHmac } from "node:crypto";
import type { Job } from "bullmq";
import type { WebhookJob } from "../payments/jobs.ts";

const TIMEOUT_MS = 2_000;

/** Tells a shop's own server about a payment, signed, and expects a 2xx. */
export const callWebhook =
  (shopsUrl: string) =>
  async (job: Job<WebhookJob>): Promise<number> => {
    const { merchantId, event, payment, signingSecret } = job.data;
    const body = JSON.stringify({ id: job.id, event, payment });
    const response = await fetch(`${shopsUrl}/shops/${merchantId}/hooks`, {
      method: "POST",
      body,
      headers: {
        "harbourpay-signature": createHmac("sha256", signingSecret).update(body).digest("hex"),
      },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`Shop ${merchantId} answered ${response.status}`);
    return response.status;
  };
