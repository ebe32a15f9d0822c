import { sleep } from "#lib/core/time.ts";
import { pool } from "#lib/db/sql.ts";

const FRESH_MS = 1_000;
const PATIENCE_MS = 2_000;

interface Probe {
  at: number;
  alive: Promise<boolean>;
}

const PROBE = Symbol.for("plumbline.database.probe");
const holder = globalThis as unknown as { [PROBE]?: Probe };

/** Whether our own Postgres answers. Asked at most once a second, however many pages are wanted. */
export function databaseAlive(): Promise<boolean> {
  if (!holder[PROBE] || Date.now() - holder[PROBE].at > FRESH_MS) {
    holder[PROBE] = { at: Date.now(), alive: ask() };
  }
  return holder[PROBE].alive;
}

async function ask(): Promise<boolean> {
  const answered = pool()
    .query("SELECT 1")
    .then(
      () => true,
      () => false,
    );
  return Promise.race([answered, sleep(PATIENCE_MS).then(() => false)]);
}
