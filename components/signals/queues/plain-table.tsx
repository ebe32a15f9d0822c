import { clsx } from "clsx";
import type { ReactNode } from "react";

/** A short table that is read as a whole: no sorting, no pages. On a phone each row becomes a paragraph. */
export function PlainTable({
  label,
  heads,
  children,
}: {
  label: string;
  /** Null for a column of buttons. */
  heads: readonly (string | null)[];
  children: ReactNode;
}) {
  return (
    <table aria-label={label} className="w-full text-sm max-md:block">
      <thead className="text-left text-xs text-muted max-md:hidden">
        <tr>
          {heads.map((head, at) => (
            <th
              key={head ?? at}
              scope="col"
              className="relative px-3 py-1.5 font-medium whitespace-nowrap"
            >
              {head ?? <span className="sr-only">Actions</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="max-md:block">{children}</tbody>
    </table>
  );
}

export function PlainRow({ children }: { children: ReactNode }) {
  return (
    <tr className="border-t border-line max-md:flex max-md:flex-wrap max-md:items-baseline max-md:gap-x-4 max-md:gap-y-1 max-md:px-3 max-md:py-2">
      {children}
    </tr>
  );
}

export function Cell({ className, children }: { className?: string; children?: ReactNode }) {
  return (
    <td
      className={clsx(
        "max-w-full min-w-0 px-3 py-1.5 align-top md:whitespace-nowrap max-md:p-0",
        className,
      )}
    >
      {children}
    </td>
  );
}
