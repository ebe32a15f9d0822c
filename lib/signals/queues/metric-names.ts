/** Durable counters and histograms: written with each observation, read by the exposition. */
export const JOBS_FINISHED = "plumbline_jobs_finished_total";
export const JOB_RETRIES = "plumbline_job_retries_total";
export const JOBS_STALLED = "plumbline_jobs_stalled_total";
export const WAIT_SECONDS = "plumbline_queue_wait_seconds";
export const PROCESSING_SECONDS = "plumbline_job_processing_seconds";

/** Upper bounds of both histograms, in seconds. */
export const DURATION_BUCKETS = [0.05, 0.25, 1, 5, 15, 60, 300, 1_800];
