import { clsx } from "clsx";
import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { controlClass } from "#components/ui/input.tsx";

export interface SelectOption<T extends string = string> {
  value: T;
  label: string;
  disabled?: boolean;
}

interface SelectProps<T extends string> extends Omit<
  ComponentProps<"select">,
  "value" | "onChange" | "children"
> {
  options: readonly SelectOption<T>[];
  value?: T;
  onValueChange?: (value: T) => void;
}

/** The browser's own select, styled: it is the one that phones and screen readers know. */
export function Select<T extends string>({
  options,
  onValueChange,
  className,
  ...rest
}: SelectProps<T>) {
  return (
    <span className={clsx("relative inline-block min-w-0", className)}>
      <select
        {...rest}
        onChange={(event) => onValueChange?.(event.target.value as T)}
        className={clsx(controlClass, "h-8 appearance-none truncate pr-7")}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden="true"
        className="pointer-events-none absolute top-1/2 right-2 size-3.5 -translate-y-1/2 text-muted"
      />
    </span>
  );
}
