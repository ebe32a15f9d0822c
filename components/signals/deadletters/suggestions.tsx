"use client";
import { clsx } from "clsx";
import { formatCount } from "#components/data/format.ts";
import type { SuggestionItem } from "./use-suggestions.ts";

/** The list below the search field. Keys are the field's; the pointer chooses here. */
export function Suggestions({
  id,
  items,
  active,
  onHover,
  onChoose,
}: {
  id: string;
  items: readonly SuggestionItem[];
  active: number | null;
  onHover: (at: number) => void;
  onChoose: (at: number) => void;
}) {
  return (
    <div
      id={`${id}-list`}
      role="listbox"
      aria-label="Suggestions"
      className="absolute inset-x-0 top-full z-20 mt-1 max-h-72 scroll-thin overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-float"
    >
      {items.map((item, at) => (
        <div
          key={item.text}
          id={`${id}-option-${at}`}
          role="option"
          tabIndex={-1}
          aria-selected={at === active}
          onPointerEnter={() => onHover(at)}
          // Before the field loses the focus, and without taking it.
          onPointerDown={(event) => {
            event.preventDefault();
            onChoose(at);
          }}
          className={clsx(
            "flex min-h-8 cursor-pointer items-center gap-3 rounded-sm px-2 py-1 max-sm:min-h-10",
            at === active && "bg-accent-soft",
          )}
        >
          <span className="min-w-0 truncate font-mono text-xs">{item.text}</span>
          {item.hint ? (
            <span className="min-w-0 truncate text-xs text-muted">{item.hint}</span>
          ) : null}
          {item.count === null ? null : (
            <span className="ml-auto tabular shrink-0 text-xs text-muted">
              {formatCount(item.count)}
            </span>
          )}
        </div>
      ))}
    </div>
  );
}
