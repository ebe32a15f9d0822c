import type { Metadata } from "next";
import { QueryScreen } from "#components/signals/queries/query-screen.tsx";
import { queryParams } from "#components/signals/queries/view.ts";
import { Prefetch } from "#lib/api/prefetch.tsx";
import { queries } from "#lib/signals/queries/signal.ts";

export const metadata: Metadata = { title: "Statement" };

const first = (value: string | string[] | undefined): string | null =>
  (Array.isArray(value) ? value[0] : value) ?? null;

export default async function Page({ params, searchParams }: PageProps<"/queries/[id]">) {
  const [{ id }, { range, plan }] = await Promise.all([params, searchParams]);
  const wanted = { id, ...queryParams(first(range), first(plan)) };
  return (
    <Prefetch reads={[{ signal: queries, kind: "get", params: wanted }]}>
      <QueryScreen id={id} />
    </Prefetch>
  );
}
