"use client";
import { CopyButton } from "#components/ui/copy-button.tsx";

/** A secret that is shown a single time, ready to be copied. When it was shown before, says so. */
export function SecretOnce({
  label,
  once,
  field,
}: {
  label: string;
  once: unknown;
  field: string;
}) {
  const secret =
    typeof once === "object" && once !== null ? (once as Record<string, unknown>)[field] : null;
  if (typeof secret !== "string") {
    return (
      <p className="text-sm text-muted">
        It was shown already and is not kept anywhere. Make a new one if it is lost.
      </p>
    );
  }
  return (
    <div className="flex flex-col gap-1.5">
      <p className="text-sm">{label} Copy it now: it is shown only this once.</p>
      <p className="flex items-center gap-1 rounded-md border border-line bg-sunken py-1 pr-1 pl-2.5">
        <code className="min-w-0 flex-1 font-mono text-sm break-all select-all">{secret}</code>
        <CopyButton text={secret} label="Copy" />
      </p>
    </div>
  );
}
