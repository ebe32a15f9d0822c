"use client";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import { useRouter } from "next/navigation";
import { useDenial } from "#components/data/actor.tsx";
import { formatCount, formatInteger } from "#components/data/format.ts";
import { PageHeader } from "#components/data/page-header.tsx";
import { useTableView } from "#components/data/use-table-view.ts";
import { ButtonLink } from "#components/ui/button-link.tsx";
import { ReasonedButton } from "#components/ui/reasoned-button.tsx";
import { Tabs } from "#components/ui/tabs.tsx";
import { groupsQuery, lettersQuery } from "#lib/signals/deadletters/client.ts";
import { Arrivals } from "./arrivals.tsx";
import { Captures } from "./captures.tsx";
import { DiscardSearch } from "./discard-search.tsx";
import { Groups } from "./groups.tsx";
import { Letters } from "./letters.tsx";
import { newRedriveHref, REDRIVES_HREF } from "./links.ts";
import { RedriveStrip } from "./redrive-strip.tsx";
import { SavedViews } from "./saved-views.tsx";
import { SearchBox } from "./search-box.tsx";
import { hasTerm } from "./search-text.ts";
import { countParams, groupsParams, groupsView, tabOf } from "./view.ts";

/** Everything that failed for good: search it, see what it is by cause, act on all of it. */
export function DeadLettersScreen() {
  const view = useTableView(groupsView);
  const tab = tabOf(view.filters);
  const q = view.q.trim();
  const count = useQuery({
    ...lettersQuery(countParams(view.params)),
    placeholderData: keepPreviousData,
  });
  const total = count.data?.data.total ?? null;
  const groups = useQuery({
    ...groupsQuery(groupsParams(tab === "groups" ? view.params : countParams(view.params))),
    placeholderData: keepPreviousData,
  });
  const search = (next: string) => view.set({ q: next || null });
  return (
    <>
      <PageHeader
        title="Dead letters"
        actions={
          <>
            <ButtonLink href={REDRIVES_HREF} variant="ghost">
              Redrives
            </ButtonLink>
            <DiscardSearch q={q} total={total} />
            <StartRedrive q={q} total={total} />
          </>
        }
      />
      <div className="flex flex-col gap-4">
        <div className="flex items-start gap-2">
          <div className="min-w-0 flex-1">
            <SearchBox
              q={view.q}
              complaints={count.data?.data.complaints ?? []}
              onSearch={search}
            />
          </div>
          <SavedViews q={view.q} onChoose={search} />
        </div>
        <RedriveStrip />
        <Captures />
        <Arrivals view={view} />
        <Tabs
          label="Ways to look at them"
          value={tab}
          onValueChange={(next) =>
            view.set({ tab: next === "groups" ? null : next, sort: null, dir: null })
          }
          items={[
            {
              id: "groups",
              label: "Groups",
              badge: <Count value={groups.data?.data.total} />,
              panel: <Groups view={view} />,
            },
            {
              id: "letters",
              label: "Letters",
              badge: <Count value={total} />,
              panel: <Letters total={total} />,
            },
          ]}
        />
      </div>
    </>
  );
}

function Count({ value }: { value: number | null | undefined }) {
  return (
    <span className="text-xs text-faint" title={formatInteger(value)}>
      {formatCount(value)}
    </span>
  );
}

/** Leads to the dry run: nothing is sent from here. */
function StartRedrive({ q, total }: { q: string; total: number | null }) {
  const router = useRouter();
  const denial = useDenial("redrives.start");
  // Only dead ones are redriven: a search in other states counts more than that.
  const covered = total && !hasTerm(q, "state") ? ` ${formatInteger(total)}` : "";
  return (
    <ReasonedButton
      variant="primary"
      icon={<RotateCw className="size-3.5" />}
      disabledReason={denial ?? (total === 0 ? "Nothing matches the search." : null)}
      onClick={() => router.push(newRedriveHref(q))}
    >
      Redrive{covered} …
    </ReasonedButton>
  );
}
