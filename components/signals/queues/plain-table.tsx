import { clsx } from "clsx";
import type { ReactNode } from "react";

/** A short table that is read as a whole: no sorting, no pages. `heads` may hold null for a column of buttons. */
export function PlainTable({
  label,
  heads,
  children,
}: {
  label: string;
  heads: readonly (string | null)[];
  children: ReactNode;
}) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrollable region must be reachable by keyboard
    <div tabIndex={0} role="region" aria-label={label} className="scroll-thin overflow-x-auto">
      <table className="w-full text-sm">
        <thead className="text-left text-xs text-muted">
          <tr>
            {heads.map((head, at) => (
              <th
                key={head ?? at}
                scope="col"
                className="px-3 py-1.5 font-medium whitespace-nowrap"
              >
                {head ?? <span className="sr-only">Actions</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

export function Cell({ className, children }: { className?: string; children?: ReactNode }) {
  return <td className={clsx("px-3 py-1.5 whitespace-nowrap", className)}>{children}</td>;
}
