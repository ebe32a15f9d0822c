import { UnrecoverableError, type Job } from "bullmq";
import type { EmailJob } from "../payments/jobs.ts";

const TIMEOUT_MS = 5_000;

/** Hands a message to the e-mail provider. An unknown mailbox is final; everything else is worth another try. */
export const sendEmail =
  (providerUrl: string) =>
  async (job: Job<EmailJob>): Promise<void> => {
    const response = await fetch(`${providerUrl}/v1/messages`, {
      method: "POST",
      body: JSON.stringify(job.data),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const answer = (await response.json()) as { error?: { code: string; message?: string } };
    if (response.ok) return;
    const failure = `The e-mail provider answered ${response.status}: ${answer.error?.message ?? answer.error?.code}`;
    throw answer.error?.code === "mailbox_unknown"
      ? new UnrecoverableError(failure)
      : new Error(failure);
  };
