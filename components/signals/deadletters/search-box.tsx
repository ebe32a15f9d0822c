"use client";
import { Search } from "lucide-react";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { Input } from "#components/ui/input.tsx";
import type { Complaint } from "#lib/signals/deadletters/search/grammar.ts";
import { Highlight } from "./search-highlight.tsx";
import { Suggestions } from "./suggestions.tsx";
import { useSuggestions } from "./use-suggestions.ts";

const TYPING_PAUSE_MS = 300;

/** The search field: terms are marked as one types, suggestions open below it, and what was not understood is said. */
export function SearchBox({
  q,
  complaints,
  onSearch,
}: {
  q: string;
  complaints: readonly Complaint[];
  onSearch: (q: string) => void;
}) {
  const id = useId();
  const { text, type, search } = useTyping(q, onSearch);
  const input = useRef<HTMLInputElement>(null);
  const [caret, setCaret] = useState(0);
  const [scroll, setScroll] = useState(0);
  const hints = useSuggestions(text, caret);
  const open = hints.open && hints.items.length > 0;
  const choose = (at: number) => {
    const filled = hints.filled(at);
    if (!filled) return;
    type(filled.text);
    setCaret(filled.caret);
    // The caret is set after the field shows the new text.
    requestAnimationFrame(() => input.current?.setSelectionRange(filled.caret, filled.caret));
    hints.show();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const done = () => event.preventDefault();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      done();
      hints.move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Tab" && open && hints.active !== null && !event.shiftKey) {
      done();
      choose(hints.active);
    } else if (event.key === "Enter") {
      done();
      if (open && hints.active !== null) return choose(hints.active);
      hints.hide();
      search(text);
      // On to what was found: j and k work at once, and / leads back.
      event.currentTarget.blur();
    } else if (event.key === "Escape") {
      if (open) return hints.hide();
      if (text) search("");
      event.currentTarget.blur();
    }
  };
  const follow = (field: HTMLInputElement) => {
    setCaret(field.selectionStart ?? field.value.length);
    setScroll(field.scrollLeft);
  };
  return (
    <search className="block">
      <div className="relative">
        <Highlight text={text} scroll={scroll} complaints={text === q ? complaints : []} />
        <Search
          aria-hidden="true"
          className="pointer-events-none absolute top-1/2 left-2.5 z-1 size-3.5 -translate-y-1/2 text-faint"
        />
        <Input
          ref={input}
          type="search"
          role="combobox"
          aria-label="Search dead letters"
          aria-autocomplete="list"
          aria-expanded={open}
          aria-controls={`${id}-list`}
          aria-activedescendant={
            open && hints.active !== null ? `${id}-option-${hints.active}` : undefined
          }
          aria-describedby={`${id}-about`}
          aria-invalid={text === q && complaints.length > 0 ? true : undefined}
          aria-keyshortcuts="/"
          data-hotkey="/"
          placeholder="Error text, or queue: name: error: failed:<2h data.order.id:42"
          spellCheck={false}
          autoCapitalize="off"
          maxLength={1_000}
          className="relative h-9 bg-transparent pl-8"
          value={text}
          onChange={(event) => {
            type(event.target.value);
            follow(event.target);
            hints.show();
          }}
          onSelect={(event) => follow(event.currentTarget)}
          onScroll={(event) => setScroll(event.currentTarget.scrollLeft)}
          onKeyDown={onKeyDown}
          onBlur={hints.hide}
        />
        {open ? (
          <Suggestions
            id={id}
            items={hints.items}
            active={hints.active}
            onHover={hints.setActive}
            onChoose={choose}
          />
        ) : null}
      </div>
      <p id={`${id}-about`} className="sr-only">
        Words are looked for in errors and stacks. Arrow down offers terms; a minus before a term
        excludes it.
      </p>
      <Complaints q={q} complaints={complaints} />
    </search>
  );
}

/** What somebody types, and the search it becomes after a pause. */
function useTyping(q: string, onSearch: (q: string) => void) {
  const [text, setText] = useState(q);
  const [applied, setApplied] = useState(q);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  if (applied !== q) {
    // The address changed from outside: back, a saved view, a link.
    setApplied(q);
    setText(q);
  }
  const apply = (next: string) => {
    clearTimeout(timer.current);
    setApplied(next);
    onSearch(next);
  };
  return {
    text,
    type: (next: string) => {
      setText(next);
      clearTimeout(timer.current);
      timer.current = setTimeout(apply, TYPING_PAUSE_MS, next);
    },
    search: (next: string) => {
      setText(next);
      apply(next);
    },
  };
}

/** Below the field; the rest of the search still works. */
function Complaints({ q, complaints }: { q: string; complaints: readonly Complaint[] }) {
  return (
    <ul aria-live="polite" className="flex flex-col gap-0.5 text-xs text-warn">
      {complaints.map(({ from, to, message }) => (
        <li key={`${from} ${message}`} className="mt-1 wrap-anywhere">
          <code className="font-mono">{q.slice(from, to)}</code> {message}
        </li>
      ))}
    </ul>
  );
}
