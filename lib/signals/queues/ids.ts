/** What a reveal grant names: one job of one queue. */
export const revealTarget = (key: string, job: string): string => `job ${key} ${job}`;
