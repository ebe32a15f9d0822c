import type { Metadata } from "next";
import { tableParams } from "#components/data/table-params.ts";
import { CachesScreen } from "#components/signals/caches/screen.tsx";
import { cachesView, mainParams } from "#components/signals/caches/view.ts";
import { Prefetch } from "#lib/api/prefetch.tsx";
import { caches } from "#lib/signals/caches/signal.ts";

export const metadata: Metadata = { title: "Caches" };

export default async function Page({ searchParams }: PageProps<"/caches">) {
  const params = tableParams(cachesView, await searchParams);
  const lists = [mainParams(params), params];
  return (
    <Prefetch reads={lists.map((each) => ({ signal: caches, kind: "list", params: each }))}>
      <CachesScreen />
    </Prefetch>
  );
}
