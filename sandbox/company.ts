import { join } from "node:path";
import { secretIn } from "#lib/embedded/place.ts";
import { createCache } from "./api/cache.ts";
import { startApi } from "./api/server.ts";
import { startBank } from "./bank/server.ts";
import { removeControlFile, writeControlFile, writeSourcesFile } from "./control/files.ts";
import { startControl } from "./control/server.ts";
import { openPool } from "./data/database.ts";
import { isLoaded, loadHistory, merchantsFor } from "./data/load.ts";
import { startStores } from "./data/stores.ts";
import { DRILLS } from "./drills/all.ts";
import { createDrillRunner } from "./drills/runner.ts";
import { openRunningDrills } from "./drills/running-drills.ts";
import { log } from "./log.ts";
import { startMail } from "./mail/server.ts";
import { createBankClient } from "./payments/bank-client.ts";
import { startRelay } from "./payments/outbox.ts";
import { openQueues, openRedis } from "./payments/queues.ts";
import { PREFERRED_PORTS, type Settings } from "./settings.ts";
import { createShopClient } from "./traffic/shop-client.ts";
import { startShops } from "./traffic/shops.ts";
import { startTraffic } from "./traffic/traffic.ts";
import { superviseWorker } from "./workers/supervisor.ts";

export interface RunningCompany {
  stop(): Promise<void>;
}

type Stop = () => Promise<unknown> | void;

/** Starts every part in the order in which they need each other; stopping goes the other way round. */
export async function startCompany(settings: Settings): Promise<RunningCompany> {
  const stops: Stop[] = [];
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).toReversed()) await Promise.resolve(one()).catch(() => {});
  };
  try {
    await startParts(settings, (one) => stops.push(one));
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

async function startParts(settings: Settings, onStop: (stop: Stop) => void): Promise<void> {
  const { home, payments } = settings;
  const token = secretIn(join(home, "control-token"));
  removeControlFile(home);

  const stores = await startStores(home);
  onStop(stores.stop);
  writeSourcesFile(home, stores.plumbline);
  await loadOnce(stores.databaseAdminUrl, payments);
  const merchants = merchantsFor(payments);

  const bank = await startBank({
    port: PREFERRED_PORTS.bank,
    file: join(home, "bank.sqlite"),
    token,
  });
  onStop(bank.close);
  const mail = await startMail({ port: PREFERRED_PORTS.mail, token });
  onStop(mail.close);
  const shops = await startShops(PREFERRED_PORTS.shops);
  onStop(shops.close);

  const db = openPool(stores.databaseUrl, "payments-api", 10);
  onStop(() => db.end());
  const redis = openRedis(stores.redisUrl, "payments-api", 250);
  onStop(() => redis.disconnect());
  const api = await startApi(
    { db, cache: createCache(redis), bank: createBankClient(bank.url) },
    PREFERRED_PORTS.api,
  );
  onStop(api.close);
  const queues = await openQueues(stores.redisUrl);
  onStop(queues.close);
  onStop(startRelay(db, queues).stop);
  const worker = superviseWorker({
    databaseUrl: stores.databaseUrl,
    redisUrl: stores.redisUrl,
    bankUrl: bank.url,
    mailUrl: mail.url,
    shopsUrl: shops.url,
    payments,
  });
  onStop(worker.stop);

  const client = createShopClient(api.url);
  const runs = openRunningDrills(
    join(home, "drills.json"),
    DRILLS.map(({ name }) => name),
  );
  const drills = createDrillRunner(
    DRILLS,
    { db, redis, bank, mail, worker, client, merchants },
    runs,
  );
  await drills.resume();
  onStop(drills.close);
  const control = await startControl({ port: PREFERRED_PORTS.control, token, drills });
  onStop(control.close);
  if (settings.rate > 0) onStop(startTraffic(client, merchants, settings.rate).stop);

  writeControlFile(home, { url: control.url, token, api: api.url, bank: bank.url, mail: mail.url });
  onStop(() => removeControlFile(home));
}

async function loadOnce(adminUrl: string, payments: number): Promise<void> {
  if (await isLoaded(adminUrl)) return;
  const startedAt = performance.now();
  log(`loading ${payments.toLocaleString("en")} payments`);
  await loadHistory(adminUrl, payments);
  log(`loaded in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
}
