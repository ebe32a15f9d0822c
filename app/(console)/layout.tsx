import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { ConsoleShell } from "#components/shell/console-shell.tsx";
import { navGroups } from "#components/shell/entries.tsx";
import { Providers } from "#components/shell/providers.tsx";
import { ACTIONS } from "#lib/actions/index.ts";
import { can, heldRoles } from "#lib/auth/policy.ts";
import { getSessionActor } from "#lib/auth/session-actor.ts";
import { SIGNAL_NAV } from "#lib/signals/nav.ts";

/** Reads that not everybody has; the rest of the console does not link to what it may not show. */
const READS = ["audit.read", "users.read", "sessions.read", "tokens.read"] as const;

/** The frame of signed-in pages. It only shows: every read and action checks the actor again. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const actor = await getSessionActor();
  if (!actor) redirect("/login");
  const asked = [...ACTIONS.map(({ name }) => name), ...READS];
  const { login, roles } = actor;
  const permissions = asked.filter((permission) => can(actor, permission));
  return (
    <Providers actor={{ login, roles, heldRoles: [...heldRoles(roles)], permissions }}>
      <ConsoleShell groups={navGroups(SIGNAL_NAV)}>{children}</ConsoleShell>
    </Providers>
  );
}
