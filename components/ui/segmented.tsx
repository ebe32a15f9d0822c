"use client";
import { clsx } from "clsx";
import { useId, type ReactNode } from "react";

export interface Segment<T extends string> {
  value: T;
  label: ReactNode;
}

/** One of a few choices, all visible: a radio group in one row. */
export function Segmented<T extends string>({
  label,
  value,
  options,
  onValueChange,
  className,
}: {
  label: string;
  value: T;
  options: readonly Segment<T>[];
  onValueChange: (value: T) => void;
  className?: string;
}) {
  const name = useId();
  return (
    <fieldset
      className={clsx(
        "inline-flex max-w-full overflow-x-auto rounded-md border border-line bg-sunken p-0.5",
        className,
      )}
    >
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <label
          key={option.value}
          className="inline-flex h-6.5 items-center gap-1.5 rounded-sm px-2 text-xs font-medium whitespace-nowrap text-muted hover:text-ink has-checked:bg-raised has-checked:text-ink has-checked:shadow-xs has-focus-visible:outline-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onValueChange(option.value)}
            className="sr-only"
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}
