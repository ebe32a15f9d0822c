import { clsx } from "clsx";
import { Search } from "lucide-react";
import type { ComponentProps } from "react";

/** Shared look of text controls. 16 px text on phones, so that iOS does not zoom in on focus. */
export const controlClass =
  "w-full min-w-0 rounded-md border border-control bg-surface px-2.5 text-lg sm:text-sm text-ink transition-colors hover:border-muted " +
  "aria-invalid:border-crit disabled:opacity-60 disabled:pointer-events-none [&:read-only:not(select)]:bg-sunken";

/** One line of text. Label it with `Field` or `aria-label`. */
export function Input({ className, ...rest }: ComponentProps<"input">) {
  return (
    <input
      type="text"
      autoComplete="off"
      {...rest}
      className={clsx(controlClass, "h-8", className)}
    />
  );
}

/** Several lines of text; grows with its content where the browser can. */
export function Textarea({ className, ...rest }: ComponentProps<"textarea">) {
  return (
    <textarea
      rows={3}
      {...rest}
      className={clsx(controlClass, "field-sizing-content max-h-60 min-h-16 py-1.5", className)}
    />
  );
}

/** A search box with a magnifier; `aria-label` is required. */
export function SearchInput({
  className,
  ...rest
}: ComponentProps<"input"> & { "aria-label": string }) {
  return (
    <span className={clsx("relative block min-w-0", className)}>
      <Search
        aria-hidden="true"
        className="pointer-events-none absolute top-1/2 left-2.5 size-3.5 -translate-y-1/2 text-faint"
      />
      <Input type="search" spellCheck={false} {...rest} className="pl-8" />
    </span>
  );
}
