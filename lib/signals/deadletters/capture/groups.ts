import { redactText } from "#lib/core/redact.ts";
import type { Sql } from "#lib/db/sql.ts";
import { type Fingerprint, FINGERPRINT_VERSION } from "../fingerprint/fingerprint.ts";
import { type Prepared, storable } from "./prepare.ts";

interface Span {
  first: number;
  last: number;
  sample: Prepared;
}

/** The facet of each failure, in their order; makes the groups and facets that are new. */
export async function resolveFacets(
  tx: Sql,
  queueId: number,
  prepared: readonly Prepared[],
): Promise<number[]> {
  const groups = await resolveGroups(tx, prepared);
  const keyOf = (one: Prepared): string =>
    `${groups.get(one.group.fingerprint) as number} ${one.facetName}`;
  const spans = spansBy(prepared, keyOf);
  const { rows } = await tx.query<{ id: number; key: string }>(
    `INSERT INTO deadletters_facet (queue_id, group_id, name, first_seen, last_seen)
     SELECT $1, * FROM unnest($2::int[], $3::text[], $4::timestamptz[], $5::timestamptz[])
     ON CONFLICT (queue_id, group_id, name) DO UPDATE SET
       first_seen = least(deadletters_facet.first_seen, EXCLUDED.first_seen),
       last_seen = greatest(deadletters_facet.last_seen, EXCLUDED.last_seen)
     RETURNING id, group_id || ' ' || name AS key`,
    [
      queueId,
      spans.map(({ sample }) => groups.get(sample.group.fingerprint)),
      spans.map(({ sample }) => sample.facetName),
      ...timesOf(spans),
    ],
  );
  const facets = new Map(rows.map(({ key, id }) => [key, id]));
  return prepared.map((one) => facets.get(keyOf(one)) as number);
}

/** Group ids by fingerprint. */
async function resolveGroups(
  tx: Sql,
  prepared: readonly Prepared[],
): Promise<ReadonlyMap<string, number>> {
  const spans = spansBy(prepared, ({ group }) => group.fingerprint);
  const groups = spans.map(({ sample }) => sample.group);
  const { rows } = await tx.query<{ id: number; fingerprint: string }>(
    `INSERT INTO deadletters_group
       (version, fingerprint, error_class, message, frame, reason_class, search_text, first_seen, last_seen)
     SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
       $8::timestamptz[], $9::timestamptz[])
     ON CONFLICT (version, fingerprint) DO UPDATE SET
       first_seen = least(deadletters_group.first_seen, EXCLUDED.first_seen),
       last_seen = greatest(deadletters_group.last_seen, EXCLUDED.last_seen)
     RETURNING id, fingerprint`,
    [
      FINGERPRINT_VERSION,
      groups.map(({ fingerprint }) => fingerprint),
      groups.map(({ errorClass }) => storable(errorClass)),
      groups.map(({ message }) => storable(redactText(message))),
      groups.map(({ frame }) => frame && storable(redactText(frame))),
      groups.map(({ reasonClass }) => reasonClass),
      groups.map(searchText),
      ...timesOf(spans),
    ],
  );
  return new Map(rows.map(({ fingerprint, id }) => [fingerprint, id]));
}

/** In the order of their keys, so that two batches never wait for each other. */
function spansBy(prepared: readonly Prepared[], keyOf: (one: Prepared) => string): Span[] {
  const spans = new Map<string, Span>();
  for (const one of prepared) {
    const { failedAt } = one.failure;
    const span = spans.get(keyOf(one));
    if (!span) spans.set(keyOf(one), { first: failedAt, last: failedAt, sample: one });
    else {
      span.first = Math.min(span.first, failedAt);
      span.last = Math.max(span.last, failedAt);
    }
  }
  return [...spans.keys()].toSorted().map((key) => spans.get(key) as Span);
}

const timesOf = (spans: readonly Span[]): [Date[], Date[]] => [
  spans.map(({ first }) => new Date(first)),
  spans.map(({ last }) => new Date(last)),
];

/** What all failures of a group share. In lower case, as searches ask for it. */
function searchText({ errorClass, message, frame }: Fingerprint): string {
  const text = [errorClass, message, frame].filter(Boolean).join("\n");
  return storable(redactText(text).toLowerCase());
}
