import { clsx } from "clsx";
import { plural } from "#components/data/format.ts";
import { folded, lineDiff, type DiffLine } from "#components/data/line-diff.ts";

const looks: Record<DiffLine["kind"], { sign: string; word: string; className: string }> = {
  same: { sign: " ", word: "", className: "text-muted" },
  old: { sign: "−", word: "taken away: ", className: "bg-crit-soft text-ink" },
  new: { sign: "+", word: "added: ", className: "bg-ok-soft text-ink" },
};

/** What changed between two texts, line by line; unchanged stretches are folded. */
export function DiffView({
  before,
  after,
  label,
}: {
  before: string;
  after: string;
  label: string;
}) {
  const parts = folded(lineDiff(before, after));
  return (
    <div
      tabIndex={0}
      role="region"
      aria-label={label}
      className="max-h-96 scroll-thin overflow-auto rounded-md border border-line bg-sunken py-1 font-mono text-xs"
    >
      {parts.map((part, at) =>
        part.skipped > 0 ? (
          <p key={at} className="px-2.5 py-0.5 text-faint">
            {plural(part.skipped, "equal line")}
          </p>
        ) : (
          part.lines.map((line, row) => <Line key={`${at} ${row}`} line={line} />)
        ),
      )}
    </div>
  );
}

function Line({ line }: { line: DiffLine }) {
  const { sign, word, className } = looks[line.kind];
  return (
    <p className={clsx("flex gap-2 px-2.5", className)}>
      <span aria-hidden="true" className="w-2 shrink-0 select-none">
        {sign}
      </span>
      <span className="min-w-0 wrap-anywhere whitespace-pre-wrap">
        {word ? <span className="sr-only">{word}</span> : null}
        {line.text}
      </span>
    </p>
  );
}
