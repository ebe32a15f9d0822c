"use client";
import { clsx } from "clsx";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useMemo, useState } from "react";
import { layout, prettyJson, type JsonLine, type JsonToken } from "#components/data/raw-json.ts";
import { plural } from "#components/data/format.ts";
import { Button } from "#components/ui/button.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";

const FIRST_LINES = 400;

const tokenClass: Record<JsonToken["kind"], string> = {
  punctuation: "text-muted",
  key: "text-accent",
  string: "text-ok",
  number: "text-warn",
  literal: "text-crit",
};

/** Shows JSON from its raw text, so that 64-bit integers survive; folds, copies, and shows other text as it is. */
export function JsonViewer({
  text,
  label,
  className,
}: {
  text: string;
  label: string;
  className?: string;
}) {
  const lines = useMemo(() => layout(text), [text]);
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const [limit, setLimit] = useState(FIRST_LINES);
  const toggle = (at: number) => {
    const next = new Set(folded);
    if (!next.delete(at)) next.add(at);
    setFolded(next);
  };
  const shown = useMemo(() => visibleLines(lines ?? [], folded), [lines, folded]);
  return (
    <div className={clsx("relative min-w-0 rounded-md border border-line bg-sunken", className)}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrollable region must be reachable by keyboard */}
      <div
        role="region"
        aria-label={label}
        tabIndex={0}
        className="max-h-128 scroll-thin overflow-auto rounded-md py-2 pr-10 pl-1 font-mono text-xs"
      >
        {lines ? (
          <>
            {shown.slice(0, limit).map((at) => (
              <Line
                key={at}
                line={lines[at]!}
                close={folded.has(at) ? lines[lines[at]!.closes!] : undefined}
                onToggle={() => toggle(at)}
              />
            ))}
            {shown.length > limit ? (
              <Button
                variant="ghost"
                size="sm"
                className="mt-1 ml-5"
                onClick={() => setLimit(limit * 5)}
              >
                {plural(shown.length - limit, "more line")}
              </Button>
            ) : null}
          </>
        ) : (
          <pre className="px-2 wrap-anywhere whitespace-pre-wrap">{text}</pre>
        )}
      </div>
      <CopyButton
        text={() => prettyJson(text)}
        label={`Copy ${label.toLowerCase()}`}
        className="absolute top-1 right-1 bg-sunken"
      />
    </div>
  );
}

function visibleLines(lines: readonly JsonLine[], folded: ReadonlySet<number>): number[] {
  const shown: number[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    shown.push(at);
    if (folded.has(at)) at = lines[at]!.closes ?? at;
  }
  return shown;
}

// Indentation by class: inline styles would need a weaker content security policy.
const indents = ["pl-0", "pl-4", "pl-8", "pl-12", "pl-16", "pl-20", "pl-24", "pl-28", "pl-32"];

function Line({
  line,
  close,
  onToggle,
}: {
  line: JsonLine;
  close: JsonLine | undefined;
  onToggle: () => void;
}) {
  return (
    <div
      className={clsx(
        "flex items-start leading-6",
        indents[Math.min(line.depth, indents.length - 1)],
      )}
    >
      {line.closes === null ? (
        <span className="w-6 shrink-0" />
      ) : (
        <button
          type="button"
          aria-expanded={!close}
          aria-label={close ? "Unfold" : "Fold"}
          onClick={onToggle}
          className="flex size-6 shrink-0 items-center justify-center rounded-sm text-faint hover:text-ink"
        >
          {close ? <ChevronRight className="size-3" /> : <ChevronDown className="size-3" />}
        </button>
      )}
      <span className="wrap-anywhere whitespace-pre-wrap">
        <Tokens tokens={line.tokens} />
        {close ? (
          <>
            <span className="px-1 text-faint"> {plural(line.entries, "entry", "entries")} </span>
            <Tokens tokens={close.tokens} />
          </>
        ) : null}
      </span>
    </div>
  );
}

function Tokens({ tokens }: { tokens: readonly JsonToken[] }) {
  return tokens.map((token, at) => (
    <span key={at} className={tokenClass[token.kind]}>
      {token.text}
      {token.kind === "punctuation" && token.text === ":" ? " " : ""}
    </span>
  ));
}
