import type { Metadata } from "next";
import { QueueScreen } from "#components/signals/queues/queue-screen.tsx";
import { Prefetch } from "#lib/api/prefetch.tsx";
import { queues } from "#lib/signals/queues/signal.ts";

type Props = PageProps<"/queues/[queue]">;

/** Next hands dynamic segments over as they stand in the address. */
const idOf = async ({ params }: Props): Promise<string> => decodeURIComponent((await params).queue);

export async function generateMetadata(props: Props): Promise<Metadata> {
  return { title: (await idOf(props)).split(":").at(-1) };
}

export default async function Page(props: Props) {
  const id = await idOf(props);
  return (
    <Prefetch reads={[{ signal: queues, kind: "get", params: { id } }]}>
      <QueueScreen id={id} />
    </Prefetch>
  );
}
