import type { Metadata } from "next";
import { DeadLettersScreen } from "#components/signals/deadletters/screen.tsx";
import {
  ACTIVE_PARAMS,
  arrivalsParams,
  countParams,
  groupsParams,
  lettersParams,
  tabOf,
} from "#components/signals/deadletters/view.ts";
import { Prefetch } from "#lib/api/prefetch.tsx";
import { deadletters as signal } from "#lib/signals/deadletters/signal.ts";

export const metadata: Metadata = { title: "Dead letters" };

export default async function Page({ searchParams }: PageProps<"/dead-letters">) {
  const values = await searchParams;
  const rows =
    tabOf(values) === "letters"
      ? ({ signal, kind: "list", params: lettersParams(values) } as const)
      : ({ signal, kind: "reads:groups", params: groupsParams(values) } as const);
  return (
    <Prefetch
      reads={[
        rows,
        { signal, kind: "list", params: countParams(values) },
        { signal, kind: "series", params: arrivalsParams(values) },
        { signal, kind: "reads:captures", params: {} },
        { signal, kind: "reads:redrives", params: ACTIVE_PARAMS },
      ]}
    >
      <DeadLettersScreen />
    </Prefetch>
  );
}
