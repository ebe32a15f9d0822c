import { PrismaPg } from "@prisma/adapter-pg";
import { type Prisma, PrismaClient } from "./generated/client.ts";
import { pool, type Sql } from "./sql.ts";

const CLIENT = Symbol.for("plumbline.prisma");
const holder = globalThis as unknown as { [CLIENT]?: PrismaClient };

/** One transaction: models through Prisma, anything else through `$queryRaw`. */
export type Tx = Prisma.TransactionClient;

/** Prisma on Plumbline's own database, for entities; it shares the pool of `sql.ts`, which serves samples and bulk work. */
export function db(): PrismaClient {
  holder[CLIENT] ??= new PrismaClient({ adapter: new PrismaPg(pool()) });
  return holder[CLIENT];
}

/** The same transaction as plain SQL, for code that serves both: the audit chain, counters. */
export function sqlIn(tx: Tx): Sql {
  return {
    async query<Row extends object>(text: string, params: unknown[] = []) {
      return { rows: await tx.$queryRawUnsafe<Row[]>(text, ...params), rowCount: null };
    },
  };
}
