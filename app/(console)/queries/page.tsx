import type { Metadata } from "next";
import { tableParams } from "#components/data/table-params.ts";
import { QueriesScreen } from "#components/signals/queries/screen.tsx";
import { queriesView } from "#components/signals/queries/view.ts";
import { Prefetch } from "#lib/api/prefetch.tsx";
import { queries } from "#lib/signals/queries/signal.ts";

export const metadata: Metadata = { title: "Queries" };

export default async function Page({ searchParams }: PageProps<"/queries">) {
  const params = tableParams(queriesView, await searchParams);
  return (
    <Prefetch reads={[{ signal: queries, kind: "list", params }]}>
      <QueriesScreen />
    </Prefetch>
  );
}
