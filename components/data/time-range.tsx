"use client";
import { CalendarClock, Check } from "lucide-react";
import { useState, type FormEvent } from "react";
import { formatTime } from "#components/data/format.ts";
import { RANGE_PRESETS, fixedRange, rangeLabel, resolveRange } from "#lib/core/range.ts";
import { useNow } from "#components/data/use-now.ts";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Popover } from "#components/ui/popover.tsx";

interface TimeRangeProps {
  /** Duration back from now ("1h") or "from~to" in ISO 8601. Keep it in the URL as `range`. */
  value: string;
  onChange: (value: string) => void;
  align?: "start" | "end";
}

/** Chooses the time a screen looks at: presets, or two exact times in the reader's zone. */
export function TimeRange({ value, onChange, align = "end" }: TimeRangeProps) {
  const now = useNow();
  const label = now
    ? rangeLabel(value, now, formatTime)
    : (RANGE_PRESETS.find((preset) => preset.value === value)?.label ?? value);
  const trigger = (
    <>
      <CalendarClock aria-hidden="true" className="size-3.5 text-muted" />
      {label}
    </>
  );
  return (
    <Popover label="Time range" trigger={trigger} variant="secondary" align={align}>
      {(close) => {
        const choose = (next: string) => {
          onChange(next);
          close();
        };
        return (
          <div className="flex w-64 flex-col gap-3">
            <ul className="-m-1 flex flex-col">
              {RANGE_PRESETS.map((preset) => (
                <li key={preset.value}>
                  <button
                    type="button"
                    aria-current={preset.value === value || undefined}
                    onClick={() => choose(preset.value)}
                    className="flex h-8 w-full items-center justify-between rounded-sm px-2 text-left hover:bg-hover"
                  >
                    {preset.label}
                    {preset.value === value ? (
                      <Check aria-hidden="true" className="size-4 text-accent" />
                    ) : null}
                  </button>
                </li>
              ))}
            </ul>
            <ExactRange value={value} onChoose={choose} />
          </div>
        );
      }}
    </Popover>
  );
}

/** `2026-11-23T10:00` in local time, as datetime-local wants it. */
function localInput(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function ExactRange({ value, onChoose }: { value: string; onChoose: (value: string) => void }) {
  const [error, setError] = useState<string | null>(null);
  const [initial] = useState(() => resolveRange(value, new Date()));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const from = new Date(String(fields.get("from")));
    const to = new Date(String(fields.get("to")));
    if (!(from.getTime() < to.getTime())) return setError("The end must be later than the start.");
    onChoose(fixedRange(from, to));
  };
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-2 border-t border-line pt-3">
      <Field label="From" required>
        {(control) => (
          <Input
            {...control}
            type="datetime-local"
            name="from"
            defaultValue={initial ? localInput(initial.from) : ""}
          />
        )}
      </Field>
      <Field label="To" required error={error}>
        {(control) => (
          <Input
            {...control}
            type="datetime-local"
            name="to"
            defaultValue={initial ? localInput(initial.to) : ""}
          />
        )}
      </Field>
      <Button type="submit" size="sm" className="self-end">
        Show this time
      </Button>
    </form>
  );
}
