import { clsx } from "clsx";
import { Fragment, type ReactNode } from "react";
import { UNKNOWN } from "#components/data/format.ts";
import { toneText, type Tone } from "#components/ui/tone.ts";

/** Facts as label and value: `<KeyValue items={[["Calls", "1,204"], ["Mean", null]]} />`. Null is shown as unknown. */
export function KeyValue({
  items,
  className,
}: {
  items: readonly (readonly [label: string, value: ReactNode])[];
  className?: string;
}) {
  return (
    <dl
      className={clsx(
        "grid grid-cols-[minmax(6rem,max-content)_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm",
        className,
      )}
    >
      {items.map(([label, value]) => (
        <Fragment key={label}>
          <dt className="text-muted">{label}</dt>
          <dd className="min-w-0 wrap-anywhere">
            {value ?? <span title="unknown">{UNKNOWN}</span>}
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}

/** One headline number: `<Stat label="Waiting" value="1.2k" hint="oldest 4m" tone="warn" />`. */
export function Stat({
  label,
  value,
  hint,
  tone,
  children,
  className,
}: {
  label: string;
  value: ReactNode;
  hint?: ReactNode;
  /** Colours the number; say in `hint` what it means. */
  tone?: Tone;
  children?: ReactNode;
  className?: string;
}) {
  return (
    <div className={clsx("min-w-0", className)}>
      <p className="truncate text-xs text-muted">{label}</p>
      <p className={clsx("tabular text-xl font-semibold tracking-tight", tone && toneText[tone])}>
        {value ?? <span title="unknown">{UNKNOWN}</span>}
      </p>
      {hint ? <p className="truncate text-xs text-muted">{hint}</p> : null}
      {children}
    </div>
  );
}
