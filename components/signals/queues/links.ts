/** The pages of queues and jobs. Ids may hold anything, so a job's travels as a parameter. */
export const queueHref = (queueId: string): string => `/queues/${encodeURIComponent(queueId)}`;

export const jobHref = (queueId: string, job: string): string =>
  `${queueHref(queueId)}/job?${new URLSearchParams({ id: job })}`;

/** What the search for dead letters finds of a queue, or of one of its jobs in any state. */
export const deadLettersHref = (queueId: string, job?: string): string => {
  const queue = `queue:${quoted(queueId)}`;
  const q = job === undefined ? queue : `${queue} job:${quoted(job)} state:any`;
  return `/dead-letters?${new URLSearchParams({ ...(job !== undefined && { tab: "letters" }), q })}`;
};

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
