/** Durable counters: written when failures are stored, read by the exposition. */
export const DLQ_ARRIVALS = "plumbline_dlq_arrivals_total";
export const DLQ_LOST = "plumbline_dlq_lost_total";
/** Written when the outcome of a batch is recorded. */
export const REDRIVE_LETTERS = "plumbline_redrive_letters_total";
