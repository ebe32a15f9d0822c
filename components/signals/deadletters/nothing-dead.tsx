import { CircleCheck } from "lucide-react";
import { EmptyState } from "#components/data/empty-state.tsx";
import { ButtonLink } from "#components/ui/button-link.tsx";
import { searchHref } from "./links.ts";
import { hasTerm, withTerm } from "./search-text.ts";

/** An empty result, and the next thing to try. */
export function NothingDead({ q }: { q: string }) {
  if (q === "")
    return (
      <EmptyState icon={<CircleCheck aria-hidden="true" />} title="Nothing is dead">
        Jobs that run out of attempts show up here within seconds, and stay when their queue forgets
        them.
      </EmptyState>
    );
  const anyState = withTerm(q, { is: "state", state: "any" });
  return (
    <EmptyState
      title="No dead letter matches"
      action={
        <>
          {hasTerm(q, "state") ? null : (
            <ButtonLink size="sm" href={searchHref(anyState)}>
              Look in every state
            </ButtonLink>
          )}
          <ButtonLink size="sm" variant="ghost" href="/dead-letters">
            Clear the search
          </ButtonLink>
        </>
      }
    >
      Only letters that wait for somebody are searched unless a state is named.
    </EmptyState>
  );
}
