import { ToneIcon } from "#components/ui/tone-icon.tsx";
import type { Tone } from "#components/ui/tone.ts";

/** Sentences that one has to know before trusting the figures. */
export function Notes({ notes, tone = "warn" }: { notes: readonly string[]; tone?: Tone }) {
  if (notes.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1.5 text-sm">
      {notes.map((note) => (
        <li key={note} className="flex items-start gap-2">
          <ToneIcon tone={tone} className="mt-0.5" />
          <span className="min-w-0 wrap-anywhere">{note}</span>
        </li>
      ))}
    </ul>
  );
}
