"use client";
import { Menu } from "@base-ui/react/menu";
import { clsx } from "clsx";
import { Check } from "lucide-react";
import Link from "next/link";
import { Fragment, type ReactNode, type RefObject } from "react";

/** One line of a menu: give `href` to go somewhere, `onSelect` to do something, `checked` for a toggle. */
export interface MenuItem {
  label: string;
  icon?: ReactNode;
  /** Second line or key hint, muted. */
  hint?: ReactNode;
  href?: string;
  onSelect?: () => void;
  checked?: boolean;
  tone?: "crit";
  /** Why it cannot be chosen now; shown under the label. */
  disabledReason?: string;
  separatorBefore?: boolean;
  /** Heading above this item and the ones after it. */
  group?: string;
}

const itemClass =
  "flex min-h-8 w-full items-center gap-2.5 rounded-sm px-2 py-1 text-sm outline-none select-none data-highlighted:bg-hover data-disabled:text-faint";

/** The open menu. Loaded on demand by `Menu`; do not import it from a page. */
export function MenuPopup({
  label,
  items,
  anchor,
  align,
  onClose,
}: {
  label: string;
  items: MenuItem[];
  anchor: RefObject<HTMLElement | null>;
  align: "start" | "end";
  onClose: () => void;
}) {
  return (
    <Menu.Root open modal={false} onOpenChange={(open) => !open && onClose()}>
      <Menu.Portal container={anchor.current?.closest("dialog")}>
        <Menu.Positioner anchor={anchor} sideOffset={4} align={align} className="z-50">
          <Menu.Popup
            aria-label={label}
            finalFocus={anchor}
            className="max-h-[70vh] min-w-44 scroll-thin overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-float outline-none"
          >
            {items.map((item) => (
              <Fragment key={item.label}>
                {item.separatorBefore ? <Menu.Separator className="my-1 h-px bg-line" /> : null}
                {item.group ? (
                  <div className="px-2 pt-1.5 pb-0.5 text-2xs font-medium text-muted">
                    {item.group}
                  </div>
                ) : null}
                <Entry item={item} />
              </Fragment>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Entry({ item }: { item: MenuItem }) {
  const body = (
    <>
      {item.icon ? <span className="text-muted [&>svg]:size-4">{item.icon}</span> : null}
      <span className="min-w-0 flex-1">
        {item.label}
        {item.disabledReason ? (
          <span className="block text-xs text-muted">{item.disabledReason}</span>
        ) : null}
      </span>
      {item.hint ? <span className="text-xs text-muted">{item.hint}</span> : null}
      {item.checked ? <Check aria-hidden="true" className="size-4 text-accent" /> : null}
    </>
  );
  const className = clsx(itemClass, item.tone === "crit" && "text-crit");
  if (item.checked !== undefined) {
    return (
      <Menu.CheckboxItem
        checked={item.checked}
        onCheckedChange={item.onSelect}
        className={className}
      >
        {body}
      </Menu.CheckboxItem>
    );
  }
  if (item.href && !item.disabledReason) {
    return (
      <Menu.LinkItem closeOnClick render={<Link href={item.href} />} className={className}>
        {body}
      </Menu.LinkItem>
    );
  }
  return (
    <Menu.Item
      disabled={Boolean(item.disabledReason)}
      onClick={item.onSelect}
      className={className}
    >
      {body}
    </Menu.Item>
  );
}
