/**
 * What a source's labels say of one queue: of `card-payouts` the label `breaker_card_payouts`, else `breaker`. In a label's name
 * everything but letters and digits is `_`.
 */
export function queueLabel(
  labels: Readonly<Record<string, string>>,
  label: string,
  queue: string,
): string | null {
  const own = `${label}_${queue.toLowerCase().replaceAll(/[^a-z0-9]/g, "_")}`;
  return labels[own] ?? labels[label] ?? null;
}
