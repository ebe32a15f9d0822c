import { clsx } from "clsx";
import type { ReactNode } from "react";
import { toneSoft, type Tone } from "#components/ui/tone.ts";

/** A short state or label: `<Badge tone="crit">failed</Badge>`. The text carries the meaning, the tone repeats it. */
export function Badge({
  tone = "neutral",
  children,
  title,
  className,
}: {
  tone?: Tone;
  children: ReactNode;
  title?: string;
  className?: string;
}) {
  return (
    <span
      data-tone={tone}
      title={title}
      className={clsx(
        "inline-flex h-5 max-w-full items-center gap-1 rounded-sm border px-1.5 text-2xs font-medium whitespace-nowrap",
        toneSoft[tone],
        className,
      )}
    >
      {children}
    </span>
  );
}
