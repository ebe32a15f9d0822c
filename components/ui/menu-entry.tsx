import { clsx } from "clsx";
import { Check } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";

/** One line of a menu: give `href` to go somewhere, `onSelect` to do something, `checked` for a choice. */
export interface MenuItem {
  label: string;
  icon?: ReactNode;
  /** At the right, muted: a key or a value. */
  hint?: ReactNode;
  href?: string;
  onSelect?: () => void;
  checked?: boolean;
  tone?: "crit";
  /** Why it cannot be chosen now; shown under the label. */
  disabledReason?: string | null;
  separatorBefore?: boolean;
  /** Heading above this item and the ones after it. */
  group?: string;
}

const itemClass =
  "flex min-h-8 w-full items-center gap-2.5 rounded-sm px-2 py-1 text-left outline-none select-none hover:bg-hover focus:bg-hover aria-disabled:text-muted max-sm:min-h-10";

export function MenuEntry({ item, close }: { item: MenuItem; close: () => void }) {
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
  const common = {
    "data-menu-item": "",
    tabIndex: -1,
    className: clsx(itemClass, item.tone === "crit" && "text-crit"),
  };
  if (item.href && !item.disabledReason) {
    return (
      <Link {...common} role="menuitem" href={item.href} onClick={close}>
        {body}
      </Link>
    );
  }
  const choose = () => {
    if (item.disabledReason) return;
    close();
    item.onSelect?.();
  };
  const role =
    item.checked === undefined
      ? { role: "menuitem" }
      : { role: "menuitemcheckbox", "aria-checked": item.checked };
  return (
    <button
      {...common}
      {...role}
      type="button"
      aria-disabled={item.disabledReason ? true : undefined}
      onClick={choose}
    >
      {body}
    </button>
  );
}
