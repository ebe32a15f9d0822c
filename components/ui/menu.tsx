"use client";
import { lazy, Suspense, useId, useRef, useState, type ReactNode } from "react";
import { buttonClass, type ButtonSize, type ButtonVariant } from "#components/ui/button.tsx";
import type { MenuItem } from "#components/ui/menu-popup.tsx";

// The menu behaviour (Base UI, 56 kB) loads when a pointer or focus first reaches a trigger, never with the page.
const loadPopup = () => import("#components/ui/menu-popup.tsx");
const MenuPopup = lazy(async () => ({ default: (await loadPopup()).MenuPopup }));

interface MenuProps {
  /** Names the menu, and the trigger when it shows only an icon. */
  label: string;
  trigger: ReactNode;
  iconOnly?: boolean;
  items: MenuItem[];
  variant?: ButtonVariant;
  size?: ButtonSize;
  align?: "start" | "end";
  className?: string;
}

/** A button that opens a list of actions or links. Arrow keys, typing and Escape work as people expect of a menu. */
export function Menu({
  label,
  trigger,
  iconOnly,
  items,
  variant = "ghost",
  size = "sm",
  align = "end",
  className,
}: MenuProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  return (
    <>
      <button
        ref={button}
        id={id}
        type="button"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={iconOnly ? label : undefined}
        onPointerEnter={loadPopup}
        onFocus={loadPopup}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          setOpen(true);
        }}
        className={buttonClass(variant, size, className)}
      >
        {trigger}
      </button>
      {open ? (
        <Suspense>
          <MenuPopup
            label={label}
            items={items}
            anchor={button}
            align={align}
            onClose={() => setOpen(false)}
          />
        </Suspense>
      ) : null}
    </>
  );
}
