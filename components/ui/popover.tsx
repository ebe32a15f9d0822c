"use client";
import { useId, useRef, useState, type ReactNode, type ToggleEvent } from "react";
import { anchorTo, type Align, type Side } from "#components/ui/anchor.ts";
import { buttonClass, type ButtonSize, type ButtonVariant } from "#components/ui/button.tsx";

export const floatingClass =
  "m-0 max-w-[calc(100vw-1rem)] rounded-lg border border-line bg-raised shadow-float";

interface PopoverProps {
  /** Names the panel for screen readers; also names the trigger when `trigger` is only an icon. */
  label: string;
  trigger: ReactNode;
  iconOnly?: boolean;
  variant?: ButtonVariant;
  size?: ButtonSize;
  side?: Side;
  align?: Align;
  className?: string;
  /** Rendered only while open. A function receives `close`. */
  children: ReactNode | ((close: () => void) => ReactNode);
}

/** A button that opens a small panel: the browser's popover, so Escape and a click outside close it and focus returns. */
export function Popover({
  label,
  trigger,
  iconOnly,
  variant,
  size,
  side = "bottom",
  align = "start",
  className,
  children,
}: PopoverProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => document.getElementById(id)?.hidePopover();
  const beforeToggle = (event: ToggleEvent<HTMLDivElement>) => {
    if (event.newState !== "open" || !button.current) return;
    setOpen(true);
    anchorTo(button.current, event.currentTarget, side, align);
  };
  // Only once it is closed: focus returns to the button because it was inside until then.
  const toggled = (event: ToggleEvent<HTMLDivElement>) => setOpen(event.newState === "open");
  const content = typeof children === "function" ? open && children(close) : children;
  return (
    <>
      <button
        ref={button}
        type="button"
        popoverTarget={id}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-label={iconOnly ? label : undefined}
        className={buttonClass(variant, size, className)}
      >
        {trigger}
      </button>
      <div
        id={id}
        popover="auto"
        role="dialog"
        aria-label={label}
        onBeforeToggle={beforeToggle}
        onToggle={toggled}
        className={`${floatingClass} my-1 p-3 text-sm font-normal whitespace-normal`}
      >
        {open ? content : null}
      </div>
    </>
  );
}
