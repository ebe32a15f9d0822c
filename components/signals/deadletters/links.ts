import { withTerm } from "./search-text.ts";

/** The pages of dead letters, and of what they are about. Ids of jobs may hold anything, so they travel as parameters. */
export const searchHref = (q: string): string =>
  q === "" ? "/dead-letters" : `/dead-letters?${new URLSearchParams({ q })}`;

export const lettersHref = (q: string): string =>
  `/dead-letters?${new URLSearchParams({ tab: "letters", q })}`;

/** The letters of one group within the current search. */
export const groupHref = (group: string, q = ""): string =>
  lettersHref(withTerm(q, { is: "group", id: group }));

export const letterHref = (id: string): string => `/dead-letters/${id}`;

export const newRedriveHref = (q: string): string =>
  `/dead-letters/redrive?${new URLSearchParams({ q })}`;

export const REDRIVES_HREF = "/dead-letters/redrives";
export const redriveHref = (id: string): string => `${REDRIVES_HREF}/${id}`;

export const queueHref = (queueId: string): string => `/queues/${encodeURIComponent(queueId)}`;

export const jobHref = (queueId: string, job: string): string =>
  `${queueHref(queueId)}/job?${new URLSearchParams({ id: job })}`;
