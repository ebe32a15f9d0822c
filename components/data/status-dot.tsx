import { clsx } from "clsx";
import type { Tone } from "#components/ui/tone.ts";
import { toneText } from "#components/ui/tone.ts";

/**
 * A small shape per state: disc ok, triangle warn, square crit, ring unknown. With `label` it speaks for itself,
 * without it must stand beside its word.
 */
export function StatusDot({
  tone,
  label,
  className,
}: {
  tone: Tone;
  label?: string;
  className?: string;
}) {
  return (
    <svg
      viewBox="0 0 10 10"
      role={label ? "img" : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
      className={clsx("size-2.5 shrink-0", toneText[tone], className)}
    >
      {tone === "warn" ? <path d="M5 0.8 9.6 9H0.4z" fill="currentColor" /> : null}
      {tone === "crit" ? (
        <rect x="1" y="1" width="8" height="8" rx="1.2" fill="currentColor" />
      ) : null}
      {tone === "unknown" ? (
        <circle
          cx="5"
          cy="5"
          r="3.4"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
          strokeDasharray="2.2 1.4"
        />
      ) : null}
      {tone === "ok" || tone === "accent" || tone === "neutral" ? (
        <circle cx="5" cy="5" r="3.5" fill="currentColor" />
      ) : null}
    </svg>
  );
}

/** Dot and word together: `<Status tone="ok">running</Status>`. */
export function Status({
  tone,
  children,
  className,
}: {
  tone: Tone;
  children: string;
  className?: string;
}) {
  return (
    <span className={clsx("inline-flex items-center gap-1.5 whitespace-nowrap", className)}>
      <StatusDot tone={tone} />
      {children}
    </span>
  );
}
