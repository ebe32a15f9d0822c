"use client";
import {
  Fragment,
  useId,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type ToggleEvent,
} from "react";
import { anchorTo } from "#components/ui/anchor.ts";
import { buttonClass, type ButtonSize, type ButtonVariant } from "#components/ui/button.tsx";
import { MenuEntry, type MenuItem } from "#components/ui/menu-entry.tsx";
import { menuMove } from "#components/ui/menu-keys.ts";
import { floatingClass } from "#components/ui/popover.tsx";

interface MenuProps {
  /** Names the menu, and the trigger when it shows only an icon. */
  label: string;
  trigger: ReactNode;
  iconOnly?: boolean;
  items: readonly MenuItem[];
  variant?: ButtonVariant;
  size?: ButtonSize;
  align?: "start" | "end";
  className?: string;
}

/** A button that opens a list of actions or links, on the browser's popover. Arrow keys, letters, Home, End and Escape work. */
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
  const id = useId();
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const entries = () => [
    ...(list.current?.querySelectorAll<HTMLElement>("[data-menu-item]") ?? []),
  ];
  const beforeToggle = (event: ToggleEvent<HTMLDivElement>) => {
    if (event.newState === "open" && button.current)
      anchorTo(button.current, event.currentTarget, "bottom", align);
  };
  const toggled = (event: ToggleEvent<HTMLDivElement>) => {
    setOpen(event.newState === "open");
    if (event.newState === "open") entries()[0]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Tab") return list.current?.hidePopover();
    const all = entries();
    const to = menuMove(
      event.key,
      all.indexOf(document.activeElement as HTMLElement),
      items.map((item) => item.label),
    );
    if (to === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    all[to]?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        popoverTarget={id}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={iconOnly ? label : undefined}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          list.current?.showPopover();
        }}
        className={buttonClass(variant, size, className)}
      >
        {trigger}
      </button>
      <div
        ref={list}
        id={id}
        popover="auto"
        role="menu"
        aria-label={label}
        tabIndex={-1}
        onBeforeToggle={beforeToggle}
        onToggle={toggled}
        onKeyDown={onKeyDown}
        className={`${floatingClass} my-1 max-h-[70vh] min-w-44 scroll-thin overflow-y-auto p-1 text-sm font-normal outline-none`}
      >
        {items.map((item) => (
          <Fragment key={item.label}>
            {item.separatorBefore ? <hr className="my-1 border-line" /> : null}
            {item.group ? (
              <div
                role="presentation"
                className="px-2 pt-1.5 pb-0.5 text-2xs font-medium text-muted"
              >
                {item.group}
              </div>
            ) : null}
            <MenuEntry item={item} close={() => list.current?.hidePopover()} />
          </Fragment>
        ))}
      </div>
    </>
  );
}
