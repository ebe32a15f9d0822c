import { createPostgresBackend, runMigrations, withBackend } from "bullmq";
import pg from "pg";
import { createEmptyDatabase, type TestDatabase } from "./postgres.ts";

const { FlowProducer, Queue, Worker } = withBackend(createPostgresBackend);
type WorkerArguments = ConstructorParameters<typeof Worker>;

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

/** A Postgres with BullMQ queues in the schema `bullmq`, as some team runs it, and the tools of that team. */
export class PostgresQueues {
  readonly database: TestDatabase;
  /** For a look at the tables. */
  readonly sql: pg.Pool;
  readonly #open: { close(): Promise<unknown> }[] = [];

  private constructor(database: TestDatabase) {
    this.database = database;
    this.sql = this.#pool();
  }

  static async start(): Promise<PostgresQueues> {
    const database = await createEmptyDatabase();
    await installQueueTables(database.url);
    return new PostgresQueues(database);
  }

  queue(name: string): InstanceType<typeof Queue> {
    return this.#opened(new Queue(name, { connection: this.#lent() }));
  }

  flows(): InstanceType<typeof FlowProducer> {
    return this.#opened(new FlowProducer({ connection: this.#lent() }));
  }

  /** A worker that is running when this resolves. */
  async worker(
    name: string,
    process: WorkerArguments[1],
    options: Partial<WorkerArguments[2]> = {},
  ): Promise<InstanceType<typeof Worker>> {
    const connection = this.#lent();
    const worker = this.#opened(new Worker(name, process, { connection, ...options }));
    worker.on("error", () => {});
    await worker.waitUntilReady();
    return worker;
  }

  /** Runs SQL as the superuser. */
  async asAdmin(text: string): Promise<void> {
    const client = new pg.Client({ connectionString: this.database.adminUrl });
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  }

  /** Closes the team's queues and workers and empties every table. */
  async clear(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((each) => each.close()));
    await this.sql.query(
      "truncate job, job_log, job_dependency, event, meta, metrics, scheduler, rate_limit cascade",
    );
  }

  async stop(): Promise<void> {
    await this.clear();
    await this.sql.end();
    await this.database.drop();
  }

  #opened<Closable extends { close(): Promise<unknown> }>(closable: Closable): Closable {
    this.#open.push(closable);
    return closable;
  }

  /** BullMQ leaves a pool that it was given open. */
  #lent(): pg.Pool {
    const pool = this.#pool();
    this.#open.push({ close: () => pool.end() });
    return pool;
  }

  #pool(): pg.Pool {
    const options = "-c search_path=bullmq";
    const pool = new pg.Pool({ connectionString: this.database.url, options });
    pool.on("error", () => {});
    return pool;
  }
}
