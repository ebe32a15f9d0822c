"use client";
import { usePathname } from "next/navigation";
import { useActor } from "#components/data/actor.tsx";
import { TabNav } from "#components/ui/tabs.tsx";

/** The settings there are, with the permission each needs. */
const PAGES = [
  { href: "/settings/sources", label: "Sources", permission: null },
  { href: "/settings/users", label: "Users", permission: "users.read" },
  { href: "/settings/sessions", label: "Sessions", permission: null },
  { href: "/settings/tokens", label: "Tokens", permission: "tokens.read" },
  { href: "/settings/profile", label: "Profile", permission: null },
  { href: "/settings/appearance", label: "Appearance", permission: null },
] as const;

export function SettingsNav() {
  const path = usePathname();
  const { permissions } = useActor();
  const allowed = PAGES.filter(({ permission }) => !permission || permissions.includes(permission));
  return (
    <TabNav
      label="Settings"
      items={allowed.map(({ href, label }) => ({ href, label, current: path === href }))}
    />
  );
}
