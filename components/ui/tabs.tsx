"use client";
import { clsx } from "clsx";
import Link from "next/link";
import { useId, useRef, type KeyboardEvent, type ReactNode } from "react";

export interface TabItem {
  id: string;
  label: ReactNode;
  /** Beside the label, for example a count. */
  badge?: ReactNode;
  panel: ReactNode;
}

const tabClass =
  "inline-flex h-9 items-center gap-1.5 border-b-2 border-transparent px-0.5 text-sm font-medium whitespace-nowrap text-muted hover:text-ink " +
  "aria-selected:border-accent aria-selected:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink";
const listClass = "flex gap-5 overflow-x-auto scroll-thin border-b border-line";

/** Tabs of one page. Keep `value` in the URL (nuqs) so that a link reproduces the view. Arrow keys move and select. */
export function Tabs({
  label,
  value,
  onValueChange,
  items,
  className,
}: {
  label: string;
  value: string;
  onValueChange: (id: string) => void;
  items: TabItem[];
  className?: string;
}) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const active = items.find((item) => item.id === value) ?? items[0];
  const onKeyDown = (event: KeyboardEvent) => {
    const at = items.findIndex((item) => item.id === active?.id);
    const moves: Record<string, number> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      Home: 0,
      End: items.length - 1,
    };
    const next = moves[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const to = (next + items.length) % items.length;
    onValueChange(items[to]!.id);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[to]?.focus();
  };
  return (
    <div className={className}>
      <div ref={list} role="tablist" aria-label={label} className={listClass}>
        {items.map((item) => (
          <button
            key={item.id}
            type="button"
            role="tab"
            id={`${id}-${item.id}`}
            aria-selected={item.id === active?.id}
            aria-controls={item.id === active?.id ? `${id}-panel` : undefined}
            tabIndex={item.id === active?.id ? 0 : -1}
            onClick={() => onValueChange(item.id)}
            onKeyDown={onKeyDown}
            className={tabClass}
          >
            {item.label}
            {item.badge}
          </button>
        ))}
      </div>
      <div
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${active?.id}`}
        tabIndex={0}
        className="pt-3 focus-visible:outline-offset-4"
      >
        {active?.panel}
      </div>
    </div>
  );
}

/** The same look for places that are pages of their own. */
export function TabNav({
  label,
  items,
}: {
  label: string;
  items: { href: string; label: ReactNode; badge?: ReactNode; current: boolean }[];
}) {
  return (
    <nav aria-label={label} className={listClass}>
      {items.map((item) => (
        <Link
          key={item.href}
          href={item.href}
          aria-current={item.current ? "page" : undefined}
          className={clsx(tabClass)}
        >
          {item.label}
          {item.badge}
        </Link>
      ))}
    </nav>
  );
}
