"use client";
import { ChevronDown, ChevronRight } from "lucide-react";
import { useState } from "react";
import { CodeBlock } from "#components/data/code-block.tsx";
import { plural } from "#components/data/format.ts";
import { Button } from "#components/ui/button.tsx";

interface Failure {
  attempt: number;
  message: string;
  frames: readonly { text: string; inApp: boolean }[];
}

/** Each failed attempt, newest first; the application's own frames come before those of libraries. `reason` stands in when none was kept. */
export function Failures({
  failures,
  reason,
}: {
  failures: readonly Failure[];
  reason: string | null;
}) {
  if (failures.length === 0) return <Message text={reason ?? ""} />;
  return (
    <ol className="flex flex-col gap-3">
      {failures.map((failure, at) => (
        <li key={failure.attempt} className="flex min-w-0 flex-col gap-1.5">
          <FailureView failure={failure} open={at === 0} />
        </li>
      ))}
    </ol>
  );
}

/** A longer message has a place of its own to be read in. */
const SUMMARY = 400;

function FailureView({ failure, open }: { failure: Failure; open: boolean }) {
  const [all, setAll] = useState(false);
  const long = failure.message.length > SUMMARY;
  const own = failure.frames.filter((frame) => frame.inApp);
  const others = failure.frames.length - own.length;
  const shown = all ? failure.frames : own;
  return (
    <details open={open} className="group min-w-0">
      <summary className="flex cursor-pointer list-none items-start gap-1.5 rounded-sm">
        <ChevronRight
          aria-hidden="true"
          className="mt-0.5 size-4 shrink-0 text-muted group-open:hidden"
        />
        <ChevronDown
          aria-hidden="true"
          className="mt-0.5 hidden size-4 shrink-0 text-muted group-open:block"
        />
        <span className="shrink-0 text-muted">Attempt {failure.attempt}</span>
        <span className="min-w-0 truncate text-crit group-open:wrap-anywhere group-open:whitespace-pre-wrap">
          {long ? `${failure.message.slice(0, SUMMARY)}…` : failure.message}
        </span>
      </summary>
      {long ? (
        <CodeBlock
          text={failure.message}
          label={`Message of attempt ${failure.attempt}`}
          className="mt-1.5 ml-5.5"
        />
      ) : null}
      {failure.frames.length > 0 ? (
        <div className="mt-1.5 flex flex-col items-start gap-1 pl-5.5">
          {shown.length > 0 ? (
            <CodeBlock
              text={shown.map((frame) => frame.text).join("\n")}
              label={`Stack of attempt ${failure.attempt}`}
              className="w-full"
            />
          ) : (
            <p className="text-xs text-muted">No frame is of your own code.</p>
          )}
          {others > 0 ? (
            <Button variant="ghost" size="sm" onClick={() => setAll(!all)}>
              {all ? "Only your own code" : `Show ${plural(others, "frame")} of libraries`}
            </Button>
          ) : null}
        </div>
      ) : null}
    </details>
  );
}

function Message({ text }: { text: string }) {
  return <p className="wrap-anywhere whitespace-pre-wrap text-crit">{text}</p>;
}
