import { Badge } from "#components/ui/badge.tsx";
import type { LetterRow } from "#lib/signals/deadletters/schema.ts";
import { poisonWords } from "./poison.ts";
import { LETTER_STATES, OUTCOMES } from "./states.ts";

/** Where the letter stands, and what became of its retry. */
export function StateBadge({ letter }: { letter: Pick<LetterRow, "state" | "outcome"> }) {
  const { label, tone, about } = LETTER_STATES[letter.state];
  const outcome = letter.outcome ? OUTCOMES[letter.outcome] : null;
  return (
    <>
      <Badge tone={outcome ? "neutral" : tone} title={about}>
        {label.toLowerCase()}
      </Badge>
      {outcome ? (
        <Badge tone={outcome.tone} title={outcome.about}>
          {outcome.label}
        </Badge>
      ) : null}
    </>
  );
}

/** What one should know before retrying it. */
export function Marks({ letter }: { letter: LetterRow }) {
  const poison = poisonWords(letter);
  return (
    <>
      {poison ? (
        <Badge tone="crit" title={poison.seen}>
          poison
        </Badge>
      ) : null}
      {letter.edited ? (
        <Badge tone="accent" title="Somebody changed its payload; a retry uses the change.">
          edited
        </Badge>
      ) : null}
      {letter.retries > 0 ? (
        <Badge tone="warn" title={`Retried by hand ${letter.retries}× before this failure.`}>
          failed again
        </Badge>
      ) : null}
    </>
  );
}
