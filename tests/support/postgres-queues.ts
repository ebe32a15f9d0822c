import { runMigrations } from "bullmq";
import pg from "pg";

/** BullMQ's own tables and functions in a schema of a database, as its workers create them. */
export async function installQueueTables(url: string, schema = "bullmq"): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await runMigrations(client, schema);
  } finally {
    await client.end();
  }
}
