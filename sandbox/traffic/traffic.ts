import { zipf } from "../data/people.ts";
import { startLoop, type Loop } from "../loop.ts";
import { createMemory } from "./known-payments.ts";
import { rhythm, untilNextArrival } from "./rhythm.ts";
import type { ShopClient } from "./shop-client.ts";
import { drawVisit } from "./visits.ts";

/** People give up rather than queue without end while Harbour Pay does not answer. */
const MAX_AT_ONCE = 50;

/** Steady customers: independent of each other, a few shops far busier than the rest, `rate` requests per second on average. */
export function startTraffic(client: ShopClient, merchants: number, rate: number): Loop {
  const memory = createMemory();
  let atOnce = 0;
  return startLoop(async () => {
    if (atOnce < MAX_AT_ONCE) {
      atOnce += 1;
      void drawVisit()({ client, memory, merchantId: zipf(merchants) + 1 })
        // A customer who got no answer goes away; the API has logged why.
        .catch(() => {})
        .finally(() => (atOnce -= 1));
    }
    return untilNextArrival(rate * rhythm(Date.now()));
  });
}
