"use client";
import { X } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Button } from "#components/ui/button.tsx";
import { SearchInput } from "#components/ui/input.tsx";
import { Select, type SelectOption } from "#components/ui/select.tsx";
import type { TableView } from "#components/data/use-table-view.ts";

export interface Facet {
  /** A name from the view's `filters`. */
  id: string;
  /** "State": shown as "State: any". */
  label: string;
  options: readonly SelectOption[];
}

const TYPING_PAUSE_MS = 250;

/** The row above a list: search (focused by `/`), one select per facet, then whatever the screen adds, e.g. a time range. */
export function FilterBar({
  view,
  search,
  facets = [],
  children,
}: {
  view: TableView;
  search?: string;
  facets?: readonly Facet[];
  children?: ReactNode;
}) {
  return (
    <search className="flex flex-wrap items-center gap-2">
      {search ? <QuickSearch view={view} label={search} /> : null}
      {facets.map((facet) => (
        <Select
          key={facet.id}
          aria-label={facet.label}
          className="max-w-44"
          value={view.filters[facet.id] ?? ""}
          options={[{ value: "", label: `${facet.label}: any` }, ...facet.options]}
          onValueChange={(value) => view.set({ [facet.id]: value || null })}
        />
      ))}
      {view.filtered ? (
        <Button variant="ghost" size="sm" icon={<X className="size-3.5" />} onClick={view.clear}>
          Clear
        </Button>
      ) : null}
      {children ? (
        <div className="flex flex-wrap items-center gap-2 sm:ml-auto">{children}</div>
      ) : null}
    </search>
  );
}

function QuickSearch({ view, label }: { view: TableView; label: string }) {
  const [text, setText] = useState(view.q);
  const [applied, setApplied] = useState(view.q);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  if (applied !== view.q) {
    // The URL changed from outside: back button, "Clear", a link.
    setApplied(view.q);
    setText(view.q);
  }
  const apply = (next: string) => {
    clearTimeout(timer.current);
    setApplied(next);
    view.set({ q: next || null });
  };
  return (
    <SearchInput
      aria-label={label}
      placeholder={label}
      data-hotkey="/"
      aria-keyshortcuts="/"
      className="w-full sm:w-64"
      value={text}
      onChange={(event) => {
        const next = event.target.value;
        setText(next);
        clearTimeout(timer.current);
        timer.current = setTimeout(apply, TYPING_PAUSE_MS, next);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") apply(text);
        if (event.key !== "Escape") return;
        if (text) apply("");
        event.currentTarget.blur();
      }}
    />
  );
}
