import type { Redis } from "ioredis";
import type { Duration } from "#lib/core/time.ts";
import type { Pool } from "../data/database.ts";
import type { Provider } from "../http/faults.ts";
import type { Queues } from "../payments/queues.ts";
import type { ShopClient } from "../traffic/shop-client.ts";
import type { WorkerSupervisor } from "../workers/supervisor.ts";

/** The parts of the running company that drills disturb. */
export interface Company {
  db: Pool;
  redis: Redis;
  queues: Queues;
  bank: Provider;
  mail: Provider;
  sms: Provider;
  /** Takes the jobs of all queues but `statements`. */
  worker: WorkerSupervisor;
  client: ShopClient;
  merchants: number;
}

/**
 * A rehearsed fault. `start` and `stop` must be repeatable and must not remember anything: after a restart of the sandbox
 * in the middle of a drill, `start` runs again, and `stop` still restores everything.
 */
export interface Drill {
  name: string;
  title: string;
  /** What to look at in Plumbline while it runs. */
  look: string;
  /** How long it lasts unless told otherwise. */
  lasts: Duration;
  start?(company: Company): Promise<void>;
  stop?(company: Company): Promise<void>;
  /** Something that happens again and again while the drill runs, first at its start. */
  again?: { everyMs: number; run(company: Company): Promise<void> };
}
