import type { LetterRow } from "#lib/signals/deadletters/schema.ts";

/** What makes a job poison, and what a retry of it has to expect; null when nothing does. */
export function poisonWords({
  poison,
  stalls,
  retries,
}: Pick<LetterRow, "poison" | "stalls" | "retries">): { seen: string; expect: string } | null {
  if (!poison) return null;
  if (stalls) {
    return {
      seen: `It seems to kill its workers: it lost them ${stalls}×.`,
      expect: "It has cost its workers before: expect it to do so again.",
    };
  }
  return {
    seen: `Retried by hand ${retries}×; after the last two it failed in the same way as before.`,
    expect:
      "Its last two retries failed in the same way: expect the same unless something changed.",
  };
}
