import { UNKNOWN } from "#components/data/format.ts";

/** A figure with a `~` before it when it is an estimate, and a dash when it is not known. */
export function Judged({
  value,
  format,
  unknown = "It could not be read.",
  estimate = "An estimate: only a part was looked at.",
}: {
  value: { value: number; estimated: boolean } | null;
  format: (value: number) => string;
  unknown?: string;
  estimate?: string;
}) {
  if (!value) return <span title={unknown}>{UNKNOWN}</span>;
  if (!value.estimated) return format(value.value);
  return <span title={estimate}>~{format(value.value)}</span>;
}
