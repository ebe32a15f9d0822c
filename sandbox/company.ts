import { join } from "node:path";
import { secretIn } from "#lib/embedded/place.ts";
import { createCache } from "./api/cache.ts";
import { startApi } from "./api/server.ts";
import { startBank } from "./bank/server.ts";
import { removeControlFile, writeControlFile, writeSourcesFile } from "./control/files.ts";
import { startControl } from "./control/server.ts";
import { openPool } from "./data/database.ts";
import { isLoaded, loadHistory, merchantsFor } from "./data/load.ts";
import { startStores, type Stores } from "./data/stores.ts";
import { DRILLS } from "./drills/all.ts";
import type { Company } from "./drills/drill.ts";
import { createDrillRunner } from "./drills/runner.ts";
import { openRunningDrills } from "./drills/running-drills.ts";
import { log } from "./log.ts";
import { startMail } from "./mail/server.ts";
import { createBankClient } from "./payments/bank-client.ts";
import { startRelay } from "./payments/outbox.ts";
import { openQueues, openRedis } from "./payments/queues.ts";
import { PREFERRED_PORTS, readSettings } from "./settings.ts";
import { startSms } from "./sms/server.ts";
import { createShopClient } from "./traffic/shop-client.ts";
import { startShops } from "./traffic/shops.ts";
import { startTraffic } from "./traffic/traffic.ts";
import { superviseWorker, type WorkerSettings } from "./workers/supervisor.ts";

export interface RunningCompany {
  /** Rejects when a part cannot be started; the parts that could be are stopped again. */
  ready: Promise<void>;
  /** Also in the middle of starting. */
  stop(): Promise<void>;
}

type Stop = () => Promise<unknown> | void;

/** Starts every part in the order in which they need each other; stopping goes the other way round. */
export function startCompany(env: NodeJS.ProcessEnv): RunningCompany {
  const stops: Stop[] = [];
  let stopping = false;

  const stopParts = async (): Promise<void> => {
    for (const one of stops.splice(0).toReversed()) await Promise.resolve(one()).catch(() => {});
  };
  const onStop = (one: Stop): void => {
    stops.push(one);
    if (stopping) throw new Error("stopped while starting");
  };
  const ready = startParts(env, onStop).catch(async (error: unknown) => {
    await stopParts();
    throw error;
  });
  return {
    ready,
    async stop() {
      stopping = true;
      await stopParts();
      await ready.catch(() => {});
    },
  };
}

type OnStop = (stop: Stop) => void;

async function startParts(env: NodeJS.ProcessEnv, onStop: OnStop): Promise<void> {
  const { home, payments, rate } = readSettings(env);
  const token = secretIn(join(home, "control-token"));
  const stores = await startStores(home, onStop);
  removeControlFile(home);
  writeSourcesFile(home, stores.plumbline);
  await loadOnce(stores.databaseAdminUrl, payments);

  const providers = await startProviders(home, token, onStop);
  const { api, ...parts } = await startOwnParts(stores, providers, payments, onStop);
  const client = createShopClient(api.url);
  const merchants = merchantsFor(payments);
  const company: Company = { ...parts, ...providers, client, merchants };

  const runs = openRunningDrills(join(home, "drills.json"), DRILLS);
  const drills = createDrillRunner(DRILLS, company, runs);
  await drills.resume();
  onStop(drills.close);
  const control = await startControl({ port: PREFERRED_PORTS.control, token, drills });
  onStop(control.close);
  if (rate > 0) onStop(startTraffic(client, merchants, rate).stop);

  const { bank, mail, sms } = providers;
  writeControlFile(home, {
    url: control.url,
    token,
    api: api.url,
    bank: bank.url,
    mail: mail.url,
    sms: sms.url,
  });
  onStop(() => removeControlFile(home));
}

type Providers = Awaited<ReturnType<typeof startProviders>>;

/** Everybody Harbour Pay depends on. */
async function startProviders(home: string, token: string, onStop: OnStop) {
  const file = join(home, "bank.sqlite");
  const bank = await startBank({ port: PREFERRED_PORTS.bank, file, token });
  onStop(bank.close);
  const mail = await startMail({ port: PREFERRED_PORTS.mail, token });
  onStop(mail.close);
  const sms = await startSms({ port: PREFERRED_PORTS.sms, token });
  onStop(sms.close);
  const shops = await startShops(PREFERRED_PORTS.shops);
  onStop(shops.close);
  return { bank, mail, sms, shops };
}

/** Harbour Pay itself: API, relay and workers. */
async function startOwnParts(
  { databaseUrl, redisUrl }: Stores,
  { bank, mail, sms, shops }: Providers,
  payments: number,
  onStop: OnStop,
) {
  const db = openPool(databaseUrl, "payments-api", 10);
  onStop(() => db.end());
  const redis = openRedis(redisUrl, "payments-api", 250);
  onStop(() => redis.disconnect());
  const context = { db, cache: createCache(redis), bank: createBankClient(bank.url) };
  const api = await startApi(context, PREFERRED_PORTS.api);
  onStop(api.close);
  const queues = await openQueues(redisUrl);
  onStop(queues.close);
  onStop(startRelay(db, queues).stop);
  const settings: WorkerSettings = {
    databaseUrl,
    redisUrl,
    bankUrl: bank.url,
    mailUrl: mail.url,
    smsUrl: sms.url,
    shopsUrl: shops.url,
    payments,
  };
  const worker = superviseWorker("payments", settings);
  onStop(worker.stop);
  onStop(superviseWorker("statements", settings).stop);
  return { db, redis, queues, api, worker };
}

async function loadOnce(adminUrl: string, payments: number): Promise<void> {
  if (await isLoaded(adminUrl)) return;
  const startedAt = performance.now();
  log(`loading ${payments.toLocaleString("en")} payments`);
  await loadHistory(adminUrl, payments);
  log(`loaded in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
}
