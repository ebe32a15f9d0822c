import { stopLeftovers } from "#lib/embedded/service.ts";
import { publishEnvironment } from "../environment.ts";
import { isStale, make, PRISMA_CLIENT, WEB } from "../build.ts";
import { sandbox, startChild, web, worker } from "./children.ts";
import { metricsPort, webPort } from "./ports.ts";
import { step } from "./progress.ts";
import { untilReady } from "./ready.ts";
import { keep, type Run } from "./run.ts";
import { database, redis } from "./servers.ts";
import { settings } from "./settings.ts";

/** What a running Plumbline tells whoever started it. */
export interface Running {
  url: string;
  metricsUrl: string;
  /** Only at the first start, and never again. */
  firstAdmin: { login: string; password: string } | null;
}

/** Everything from an empty folder to a console that answers; settles when it does. */
export async function start(run: Run): Promise<Running> {
  await recover(run);
  const host = process.env["HOST"] || "127.0.0.1";
  const port = await webPort(host);
  const metrics = await metricsPort(process.env["METRICS_HOST"] || "127.0.0.1");
  await build(run);
  const [databaseUrl, redisUrl] = await Promise.all([database(run), redis(run)]);
  const url = `http://localhost:${port}`;
  const env = settings({ home: run.home, url, databaseUrl, redisUrl, metricsPort: metrics });
  Object.assign(process.env, env);
  publishEnvironment(run.home, env);
  const firstAdmin = await createFirstAdmin();
  await startProcesses(run, env, host, port);
  const metricsUrl = `http://127.0.0.1:${metrics}/metrics`;
  return { url: env["PLUMBLINE_URL"] ?? url, metricsUrl, firstAdmin };
}

async function recover({ home, say }: Run): Promise<void> {
  const stopped = await stopLeftovers(home);
  if (stopped.length === 0) return;
  say(`  ✓ An earlier start ended without cleaning up; stopped its ${stopped.join(", ")}`);
}

async function build({ home, say }: Run): Promise<void> {
  if (isStale(PRISMA_CLIENT))
    await step(say, "Generating the database client", () => make(PRISMA_CLIENT, home));
  if (isStale(WEB)) await step(say, "Building the console", () => make(WEB, home));
}

/** Loaded late: it needs the generated client and the settings of this run. */
async function createFirstAdmin(): Promise<Running["firstAdmin"]> {
  const { ensureFirstAdmin } = await import("#lib/auth/first-admin.ts");
  const { closePool } = await import("#lib/db/sql.ts");
  try {
    return await ensureFirstAdmin();
  } finally {
    await closePool();
  }
}

async function startProcesses(
  run: Run,
  env: Record<string, string>,
  host: string,
  port: number,
): Promise<void> {
  const children = [worker, web(host, port)];
  if (process.env["PLUMBLINE_SANDBOX"] !== "0") children.push(sandbox);
  const names = children.map(({ name }) => name).join(", ");
  await step(run.say, `Starting ${names}`, async () => {
    for (const child of children) {
      const startIt = () => startChild(child, run.home, env);
      const optional = child === sandbox;
      void keep(run, { name: `the ${child.name}`, start: startIt, optional }, startIt());
    }
    const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
    await untilReady(`http://${reachable}:${port}`, () => run.failure);
  });
}
