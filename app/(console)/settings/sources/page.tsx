import type { Metadata } from "next";
import { SourcesScreen } from "#components/settings/sources-screen.tsx";
import { Prefetch } from "#lib/api/prefetch.tsx";
import { OVERVIEW_KEY } from "#lib/overview/client.ts";
import { readOverview } from "#lib/overview/read.ts";

export const metadata: Metadata = { title: "Sources" };

export default function Page() {
  return (
    <Prefetch queries={[{ queryKey: OVERVIEW_KEY, load: readOverview }]}>
      <SourcesScreen />
    </Prefetch>
  );
}
