import { gzipSync } from "node:zlib";
import type { Job } from "bullmq";
import { MINUTE } from "#lib/core/time.ts";
import { accountOf } from "../api/merchants.ts";
import type { Pool } from "../data/database.ts";
import type { StatementJob } from "../payments/jobs.ts";
import type { Payment } from "../payments/payments.ts";
import type { Queues } from "../payments/queues.ts";

const SHOPS_AT_ONCE = 3;
/** A shop gets one statement within this time, however often it asks. */
const ONCE_MS = 12 * MINUTE;

/** The people of this shop typed their locale into the settings by hand: `en_NG`, which is none. */
const TYPED_BY_HAND = 7;
const localeOf = (merchant: number): string => (merchant === TYPED_BY_HAND ? "en_NG" : "en-NG");

/** Some shops ask for their statement, and always the one whose locale is wrong. */
export async function askForStatements(queues: Queues, merchants: number): Promise<void> {
  const others = Array.from(
    { length: SHOPS_AT_ONCE },
    () => 1 + Math.floor(Math.random() * merchants),
  );
  const period = Math.floor(Date.now() / ONCE_MS);
  await queues.statements.addBulk(
    [TYPED_BY_HAND, ...others].map((merchant) => ({
      name: "account-statement",
      data: { merchantId: String(merchant), locale: localeOf(merchant) } satisfies StatementJob,
      opts: { jobId: `statement-${merchant}-${period}` },
    })),
  );
}

const LONGEST = 400;

/** Writes a shop's account statement; answers how long it became. */
export const writeStatement =
  (db: Pool) =>
  async (job: Job<StatementJob>): Promise<{ payments: number; bytes: number }> => {
    const { rows } = await db.query<Payment>(
      "SELECT * FROM payments WHERE account_id = $1 ORDER BY created_at DESC LIMIT $2",
      [accountOf(BigInt(job.data.merchantId), "NGN"), LONGEST],
    );
    const pages = await layOut(rows, job.data.locale);
    await job.updateProgress(100);
    return { payments: rows.length, bytes: gzipSync(pages.join("\f")).length };
  };

const LINES_PER_PAGE = 40;

/**
 * Lays out a page per turn of the event loop, so that a long statement holds nobody up. What is thrown in such a turn is
 * nobody's to catch: it ends the whole process, and BullMQ hands the job to the next one.
 */
function layOut(payments: Payment[], locale: string): Promise<string[]> {
  const pages: string[] = [];
  return new Promise((resolve) => {
    const next = (): void => {
      const from = pages.length * LINES_PER_PAGE;
      pages.push(layOutPage(payments.slice(from, from + LINES_PER_PAGE), locale));
      if (from + LINES_PER_PAGE < payments.length) setImmediate(next);
      else resolve(pages);
    };
    setImmediate(next);
  });
}

function layOutPage(payments: Payment[], locale: string): string {
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
  const money = new Intl.NumberFormat(locale);
  return payments
    .map(({ created_at, description, amount }) =>
      [day.format(created_at), description, money.format(amount)].join("\t"),
    )
    .join("\n");
}
