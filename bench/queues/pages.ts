import { sleep } from "#lib/core/time.ts";
import { timeEach } from "../report.ts";

/** From 11 to 40 rows. All different, because we answer equal questions of the same second once. */
const PAGE_SIZES = Array.from({ length: 30 }, (_, at) => at + 11);
const ROUNDS = 3;

/** Milliseconds that each of 90 pages took. */
export async function timePages(read: (size: number) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const sizes = PAGE_SIZES.values();
    taken.push(...(await timeEach(PAGE_SIZES.length, () => read(sizes.next().value ?? 10))));
    await sleep(1_000);
  }
  return taken;
}
