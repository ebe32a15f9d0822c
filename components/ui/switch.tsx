import { clsx } from "clsx";
import type { ComponentProps, ReactNode } from "react";

/** On or off, taking effect at once: `<Switch label="Shortcuts" checked onCheckedChange={set} />`. */
export function Switch({
  label,
  onCheckedChange,
  className,
  ...rest
}: Omit<ComponentProps<"input">, "type" | "onChange"> & {
  label: ReactNode;
  onCheckedChange?: (on: boolean) => void;
}) {
  return (
    <label className={clsx("inline-flex min-h-6 items-center gap-2.5 text-sm", className)}>
      <span className="relative inline-flex h-5 w-9 shrink-0">
        <input
          {...rest}
          type="checkbox"
          role="switch"
          aria-checked={rest.checked}
          onChange={(event) => onCheckedChange?.(event.target.checked)}
          className="peer absolute inset-0 m-0 appearance-none rounded-full border border-control bg-sunken transition-colors checked:border-accent-fill checked:bg-accent-fill disabled:opacity-50"
        />
        <span className="pointer-events-none absolute top-1 left-1 size-3 rounded-full bg-control transition-transform peer-checked:translate-x-4 peer-checked:bg-on-fill" />
      </span>
      <span>{label}</span>
    </label>
  );
}
