"use client";
import { clsx } from "clsx";
import { useEffect, useRef } from "react";
import type { Complaint } from "#lib/signals/deadletters/search/grammar.ts";
import { searchPieces } from "./search-text.ts";

/** Behind the field's own text: a ground under each term, a wavy line under what was not understood. */
export function Highlight({
  text,
  scroll,
  complaints,
}: {
  text: string;
  /** How far the field is scrolled, in pixels. */
  scroll: number;
  complaints: readonly Complaint[];
}) {
  const ref = useRef<HTMLDivElement>(null);
  // After every change of the text, too: a shorter one scrolls back by itself.
  useEffect(() => {
    if (ref.current) ref.current.scrollLeft = scroll;
  });
  const wrong = (from: number, to: number) =>
    complaints.some((complaint) => complaint.from < to && complaint.to > from);
  return (
    <div
      ref={ref}
      aria-hidden="true"
      className="pointer-events-none absolute inset-0 flex items-center overflow-hidden rounded-md border border-transparent bg-surface pr-2.5 pl-8 text-lg whitespace-pre text-transparent sm:text-sm"
    >
      {searchPieces(text).map((piece) => (
        <span
          key={piece.from}
          className={clsx(
            piece.marked && "rounded-sm bg-accent-soft",
            wrong(piece.from, piece.from + piece.text.length) &&
              "underline decoration-warn decoration-wavy",
          )}
        >
          {piece.text}
        </span>
      ))}
    </div>
  );
}
