/** A durable counter: written with each observation, read by the exposition. */
export const JOBS_FINISHED = "plumbline_jobs_finished_total";
