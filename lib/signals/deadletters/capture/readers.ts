import type { OpenSource } from "#lib/sources/define.ts";
import { bullmqReader } from "./bullmq-reader.ts";
import { postgresReader } from "./postgres-reader.ts";
import type { FailureReader } from "./reader.ts";

/** How failures are read from this source; null when its kind has none. */
export function readerOf(source: OpenSource): FailureReader | null {
  if (source.kind === "bullmq_postgres") return postgresReader(source.conn);
  return source.kind === "bullmq" ? bullmqReader(source.conn) : null;
}
