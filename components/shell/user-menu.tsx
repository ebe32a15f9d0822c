"use client";
import { Keyboard, LogOut, Monitor, Moon, SlidersHorizontal, Sun } from "lucide-react";
import { useActor } from "#components/data/actor.tsx";
import { setAppearance, useAppearance, type Appearance } from "#components/ui/appearance.ts";
import type { MenuItem } from "#components/ui/menu-entry.tsx";
import { Menu } from "#components/ui/menu.tsx";

const themes: { value: Appearance["theme"]; label: string; icon: typeof Sun }[] = [
  { value: "system", label: "As the system", icon: Monitor },
  { value: "light", label: "Light", icon: Sun },
  { value: "dark", label: "Dark", icon: Moon },
];

/** Who is signed in, theme, shortcuts, sign out. */
export function UserMenu({ onHelp, onSignOut }: { onHelp: () => void; onSignOut: () => void }) {
  const { login, roles } = useActor();
  const { theme } = useAppearance();
  const items: MenuItem[] = [
    ...themes.map(({ value, label, icon: Icon }, at): MenuItem => ({
      label,
      icon: <Icon />,
      checked: theme === value,
      onSelect: () => setAppearance({ theme: value }),
      group: at === 0 ? "Theme" : undefined,
    })),
    {
      label: "Appearance",
      icon: <SlidersHorizontal />,
      href: "/settings/appearance",
      separatorBefore: true,
    },
    { label: "Keyboard shortcuts", icon: <Keyboard />, hint: "?", onSelect: onHelp },
    { label: "Sign out", icon: <LogOut />, onSelect: onSignOut, separatorBefore: true },
  ];
  return (
    <Menu
      label={`Signed in as ${login} (${roles.join(", ")})`}
      iconOnly
      align="start"
      items={items}
      className="min-w-0"
      trigger={
        <>
          <span
            aria-hidden="true"
            className="flex size-5 items-center justify-center rounded-full bg-accent-soft text-2xs font-semibold text-accent uppercase"
          >
            {login.slice(0, 1)}
          </span>
          <span data-nav-label="" className="truncate">
            {login}
          </span>
        </>
      }
    />
  );
}
