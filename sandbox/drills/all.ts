import { bankTimeouts } from "./bank-timeouts.ts";
import { cacheFlush } from "./cache-flush.ts";
import { doubleClick } from "./double-click.ts";
import type { Drill } from "./drill.ts";
import { emailProviderDown } from "./email-provider-down.ts";
import { retryStorm } from "./retry-storm.ts";
import { slowQuery } from "./slow-query.ts";
import { workerCrash } from "./worker-crash.ts";

export const DRILLS: Drill[] = [
  slowQuery,
  emailProviderDown,
  bankTimeouts,
  workerCrash,
  cacheFlush,
  doubleClick,
  retryStorm,
];
