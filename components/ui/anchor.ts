export type Side = "top" | "bottom" | "right";
export type Align = "start" | "center" | "end";

const areas: Record<Side, Record<Align, string>> = {
  bottom: { start: "bottom span-right", center: "bottom", end: "bottom span-left" },
  top: { start: "top span-right", center: "top", end: "top span-left" },
  right: { start: "right span-bottom", center: "right", end: "right span-top" },
};

let nextName = 0;

/**
 * Ties a top-layer element (popover, tooltip) to its trigger. The browser then keeps it in place while scrolling and flips it
 * at the edges. Styles are set through the object model, which a strict content security policy allows.
 */
export function anchorTo(
  trigger: HTMLElement,
  floating: HTMLElement,
  side: Side = "bottom",
  align: Align = "start",
): void {
  if (!CSS.supports("position-area", "bottom")) {
    requestAnimationFrame(() => placeByHand(trigger, floating, side, align));
    return;
  }
  const name = trigger.dataset["anchor"] ?? `--anchor-${nextName++}`;
  trigger.dataset["anchor"] = name;
  trigger.style.setProperty("anchor-name", name);
  const style = floating.style;
  style.setProperty("position-anchor", name);
  style.setProperty("position-area", areas[side][align]);
  style.setProperty("position-try-fallbacks", "flip-block, flip-inline, flip-block flip-inline");
}

/** For browsers without anchor positioning: measured once, kept inside the window. */
function placeByHand(trigger: HTMLElement, floating: HTMLElement, side: Side, align: Align): void {
  const from = trigger.getBoundingClientRect();
  const box = floating.getBoundingClientRect();
  const below = side !== "top" && from.bottom + box.height + 8 < innerHeight;
  const left =
    side === "right"
      ? from.right
      : align === "end"
        ? from.right - box.width
        : align === "center"
          ? from.left + (from.width - box.width) / 2
          : from.left;
  const top = side === "right" ? from.top : below ? from.bottom : from.top - box.height;
  floating.style.setProperty("inset", "auto");
  floating.style.setProperty(
    "left",
    `${Math.max(8, Math.min(left, innerWidth - box.width - 8))}px`,
  );
  floating.style.setProperty("top", `${Math.max(8, top)}px`);
}
