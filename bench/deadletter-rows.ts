import pg from "pg";
import { env } from "#lib/config/env.ts";
import { fieldHash } from "#lib/signals/deadletters/fields.ts";

// Dead letters as an incident-rich month leaves them: some queues, hundreds of groups of very different size, half of them
// old incidents of two hours. Written by SQL into the real tables, so that triggers and indexes do their work.

const QUEUES = 8;
const GROUPS = 400;
const FACETS = 1_000;
/** Stacks of each group. */
const TRACES = 3;
const USERS = 20_000;
const DAYS = 30;
const BATCH = 50_000;

const SOURCE_ID = "00000000-0000-4000-8000-00000000beef";

/** Fills an empty, migrated database with `count` letters. On a connection of its own: some of it takes longer than the product waits. */
export async function insertLetters(count: number): Promise<void> {
  const sql = new pg.Client({ connectionString: env().DATABASE_URL });
  await sql.connect();
  await insertFacets(sql);
  await insertTraces(sql);
  await insertHashes(sql);
  for (let from = 0; from < count; from += BATCH)
    await sql.query(LETTERS, [from + 1, Math.min(count, from + BATCH), count]);
  for (const text of [
    CONTENT,
    SEEN_FACETS,
    SEEN_GROUPS,
    "VACUUM (ANALYZE) deadletters_letter",
    "ANALYZE",
  ])
    await sql.query(text);
  await sql.end();
}

async function insertFacets(sql: pg.Client): Promise<void> {
  await sql.query(
    "INSERT INTO source (id, name, kind, interval_ms) VALUES ($1, 'bench', 'bullmq', 15000)",
    [SOURCE_ID],
  );
  await sql.query(
    `INSERT INTO deadletters_queue (id, source_id, key, captured_at)
     SELECT i, $1::uuid, 'bull:queue-' || i, now() FROM generate_series(1, $2::int) i`,
    [SOURCE_ID, QUEUES],
  );
  await sql.query(
    `INSERT INTO deadletters_group (id, version, fingerprint, error_class, message, frame, reason_class, search_text, first_seen, last_seen)
     SELECT i, 1, 'f' || i, class, message, 'charge (/app/src/mod' || i || '.ts:12:5)',
       (ARRAY['timeout', 'network', 'validation', 'bug', 'other'])[i % 5 + 1],
       lower(class || E'\n' || message || E'\ncharge (src/mod' || i || '.ts)'), now(), now()
     FROM (SELECT i, (ARRAY['Error', 'TypeError', 'TimeoutError', 'StripeError', 'AxiosError'])[i % 5 + 1] AS class,
             (ARRAY['Order <id> could not be charged', 'connect ECONNREFUSED <ip>', 'Timeout of <n>ms exceeded', 'Cannot read properties of undefined',
               'deadlock detected'])[i % 5 + 1] || ' in module' || i AS message FROM generate_series(1, $1::int) i) g`,
    [GROUPS],
  );
  await sql.query(
    `INSERT INTO deadletters_facet (id, queue_id, group_id, name, first_seen, last_seen)
     SELECT i, i % $2::int + 1, i % $3::int + 1, 'job-' || (i % 37), now(), now() FROM generate_series(1, $1::int) i`,
    [FACETS, QUEUES, GROUPS],
  );
}

/** Ten frames each: those of the group, of one caller among a hundred, and of libraries. The last one is rare. */
async function insertTraces(sql: pg.Client): Promise<void> {
  await sql.query(
    `INSERT INTO deadletters_trace (id, hash, text, cut)
     SELECT i, md5(i::text), lower(concat_ws(E'\n', 'at charge (/app/src/mod' || ((i - 1) / ${TRACES} + 1) || '.ts:12:5)',
       'at retrying (/app/src/http/retrying.ts:88:14)', 'at send (/app/node_modules/axios/lib/core/dispatch.js:51:10)',
       'at process.processTicksAndRejections (node:internal/process/task_queues:105:5)', 'at step (/app/src/steps/step' || (i % 17) || '.ts:40:3)',
       'at settle (/app/src/callers/caller' || (i % 100) || '.ts:31:9)', 'at withTenant (/app/src/tenants.ts:19:22)',
       'at handle (/app/src/jobs/handle.ts:61:5)', 'at async Worker.processJob (/app/node_modules/bullmq/dist/cjs/classes/worker.js:637:28)',
       'at async Worker.retryIfFailed (/app/node_modules/bullmq/dist/cjs/classes/worker.js:870:24)',
       CASE WHEN i > $1::int THEN 'at rareFrame (/app/src/rare.ts:1:1)' END)), false
     FROM generate_series(1, $1::int + 1) i`,
    [GROUPS * TRACES],
  );
}

/** Hashes of what payloads hold often; all other leaves are unique. */
async function insertHashes(sql: pg.Client): Promise<void> {
  await sql.query(
    "CREATE TABLE bench_hash (kind TEXT, i INTEGER, hash BIGINT, PRIMARY KEY (kind, i))",
  );
  const users = Array.from({ length: USERS }, (_, i) => String(fieldHash("user.id", String(i))));
  const currencies = ["EUR", "USD", "JPY"].map((code) => String(fieldHash("currency", code)));
  for (const [kind, hashes] of [
    ["user", users],
    ["currency", currencies],
  ] as const)
    await sql.query(
      "INSERT INTO bench_hash SELECT $1, o - 1, h FROM unnest($2::bigint[]) WITH ORDINALITY AS u(h, o)",
      [kind, hashes],
    );
}

/** Half the facets fail all month; each of the others had two bad hours once. Letters come in the order of their failure. */
const LETTERS = `
  INSERT INTO deadletters_letter (queue_id, facet_id, job_id, failed_at, score, name, message, variables, attempts, max_attempts,
    starts, worker, payload_hash, payload_bytes, fields, poison, retries, trace_id)
  SELECT f.queue_id, f.id, 'j' || r.i, r.at, extract(epoch FROM r.at)::text, f.name, 'Order ord_' || r.i || ' could not be charged',
    E'\\nord_' || r.i || E'\\ncus_' || (r.i * 7919 % 50000) || E'\\n10.0.' || (r.i % 4) || '.' || (r.i % 250) || CASE WHEN r.i % 10000 = 0 THEN E'\\nrarissimum' ELSE '' END,
    1 + (r.u * r.u * 5)::int, 5, 2, 'worker-' || (r.i % 40), md5(r.i::text), 300,
    ARRAY[u.hash, c.hash, hashint8extended(r.i, 1), hashint8extended(r.i, 2), hashint8extended(r.i, 3), hashint8extended(r.i, 4)],
    r.i % 5000 = 0, CASE WHEN r.i % 300 = 0 THEN 1 ELSE 0 END,
    CASE WHEN r.i % 10000 = 0 THEN ${GROUPS * TRACES} ELSE (f.group_id - 1) * ${TRACES} + (r.i % ${TRACES})::int END + 1
  FROM (
    SELECT i, random() AS u, random() AS v, now() - (interval '1 day' * ${DAYS}) * (1 - i::float8 / $3::float8) AS at
    FROM generate_series($1::bigint, $2::bigint) i
  ) r
  CROSS JOIN LATERAL (SELECT CASE
    -- An incident: the letters of these two hours belong to its facet, three in four.
    WHEN r.v < 0.75 AND (extract(epoch FROM r.at)::bigint / 7200) % 3 = 0 THEN (extract(epoch FROM r.at)::bigint / 7200 % (${FACETS} / 2))::int * 2 + 1
    ELSE floor(${FACETS} / 2 * power(r.u, 3))::int * 2 + 2 END AS id) chosen
  JOIN deadletters_facet f ON f.id = least(chosen.id, ${FACETS})
  JOIN bench_hash u ON u.kind = 'user' AND u.i = floor(${USERS} * power(r.v, 2))::int
  JOIN bench_hash c ON c.kind = 'currency' AND c.i = CASE WHEN r.u < 0.6 THEN 0 WHEN r.u < 0.95 THEN 1 ELSE 2 END`;

const CONTENT = `
  INSERT INTO deadletters_content (letter_id, data, opts, error, stacks)
  SELECT id, convert_to('{"user":{"id":1},"currency":"EUR","items":[{"sku":"A1"}]}', 'UTF8'), '{"attempts":5}', message,
    '["Error: x\\n    at charge (/app/src/a.ts:12:5)"]'
  FROM (SELECT id, message FROM deadletters_letter ORDER BY failed_at DESC LIMIT 1000) newest`;

const SEEN_FACETS = `UPDATE deadletters_facet f SET first_seen = seen.first, last_seen = seen.last
  FROM (SELECT facet_id, min(failed_at) AS first, max(failed_at) AS last FROM deadletters_letter GROUP BY 1) seen WHERE seen.facet_id = f.id`;
const SEEN_GROUPS = `UPDATE deadletters_group g SET first_seen = seen.first, last_seen = seen.last
  FROM (SELECT group_id, min(first_seen) AS first, max(last_seen) AS last FROM deadletters_facet GROUP BY 1) seen WHERE seen.group_id = g.id`;
