import { clsx } from "clsx";
import type { ComponentProps, ReactNode } from "react";

/** A bordered surface without product meaning. For data that ages use `Panel` from components/data. */
export function Card({ className, ...rest }: ComponentProps<"section">) {
  return (
    <section
      {...rest}
      className={clsx("min-w-0 rounded-lg border border-line bg-surface", className)}
    />
  );
}

/** Header row of a card: title left, actions right. */
export function CardHeader({
  title,
  hint,
  children,
}: {
  title: ReactNode;
  hint?: ReactNode;
  children?: ReactNode;
}) {
  return (
    <header className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-3 py-1.5">
      <h2 className="min-w-0 text-sm font-semibold">{title}</h2>
      {hint ? <div className="min-w-0 text-xs text-muted">{hint}</div> : null}
      {children ? (
        <div className="ml-auto flex flex-wrap items-center gap-1.5">{children}</div>
      ) : null}
    </header>
  );
}
