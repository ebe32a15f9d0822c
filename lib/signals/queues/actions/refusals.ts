import { AppError } from "#lib/core/errors.ts";
import type { JobInput } from "#lib/sources/bullmq/acting.ts";

export function noSuchJob({ queue, job }: JobInput): AppError {
  return new AppError("not_found", `Queue ${queue} has no job ${job}`, {
    detail: "It was removed, or its data was.",
  });
}

export function failedAgain({ job }: JobInput): AppError {
  return new AppError("conflict", `Job ${job} failed again meanwhile; nothing was done`, {
    detail: "Somebody else retried it since it was looked at.",
    remedy: "Look at its newest failure, then decide.",
  });
}

export function notInState({ job }: JobInput, wanted: string, found: string | null): AppError {
  return new AppError("precondition_failed", `Job ${job} is not ${wanted}`, {
    detail: found ? `It is ${found}.` : "No list of the queue holds it.",
    remedy: "Look at it again, then decide.",
  });
}
