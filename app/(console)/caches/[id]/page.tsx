import type { Metadata } from "next";
import { tableParams } from "#components/data/table-params.ts";
import { CacheScreen } from "#components/signals/caches/cache-screen.tsx";
import { cacheView } from "#components/signals/caches/view.ts";
import { Prefetch } from "#lib/api/prefetch.tsx";
import { caches } from "#lib/signals/caches/signal.ts";

type Props = PageProps<"/caches/[id]">;

/** Next hands dynamic segments over as they stand in the address. */
const idOf = async ({ params }: Props): Promise<string> => decodeURIComponent((await params).id);

export async function generateMetadata(props: Props): Promise<Metadata> {
  const [source, key] = (await idOf(props)).split("~");
  return { title: key === "redis" ? source : key?.replace(/^\w+:(public\.)?/, "") };
}

export default async function Page(props: Props) {
  const id = await idOf(props);
  const { range } = tableParams(cacheView, await props.searchParams);
  return (
    <Prefetch reads={[{ signal: caches, kind: "get", params: { id, range } }]}>
      <CacheScreen id={id} />
    </Prefetch>
  );
}
