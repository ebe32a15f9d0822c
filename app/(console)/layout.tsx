import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { ConsoleShell } from "#components/shell/console-shell.tsx";
import { Providers } from "#components/shell/providers.tsx";
import { ACTIONS } from "#lib/actions/index.ts";
import { can } from "#lib/auth/policy.ts";
import { getSessionActor } from "#lib/auth/session-actor.ts";
import { SIGNAL_NAV } from "#lib/signals/nav.ts";

/** The frame of signed-in pages. It only shows: every read and action checks the actor again. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const actor = await getSessionActor();
  if (!actor) redirect("/login");
  const permissions = ACTIONS.map(({ name }) => name).filter((name) => can(actor, name));
  return (
    <Providers actor={{ login: actor.login, roles: actor.roles, permissions }}>
      <ConsoleShell signals={SIGNAL_NAV}>{children}</ConsoleShell>
    </Providers>
  );
}
