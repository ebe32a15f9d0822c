/**
 * Which item of a menu a key moves to (WAI-ARIA menu pattern), or null when the key is not the menu's.
 * A letter goes to the next item that starts with it.
 */
export function menuMove(key: string, at: number, labels: readonly string[]): number | null {
  const last = labels.length - 1;
  switch (key) {
    case "ArrowDown":
      return at >= last ? 0 : at + 1;
    case "ArrowUp":
      return at <= 0 ? last : at - 1;
    case "Home":
      return 0;
    case "End":
      return last;
  }
  if (key.length !== 1 || key === " ") return null;
  const order = labels.map((_, step) => (at + 1 + step) % labels.length);
  return order.find((index) => labels[index]!.toLowerCase().startsWith(key.toLowerCase())) ?? null;
}
