/** The pages of queues and jobs. Ids may hold anything, so a job's travels as a parameter. */
export const queueHref = (queueId: string): string => `/queues/${encodeURIComponent(queueId)}`;

export const jobHref = (queueId: string, job: string): string =>
  `${queueHref(queueId)}/job?${new URLSearchParams({ id: job })}`;
