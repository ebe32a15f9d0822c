"use client";
import { createContext, use, type ReactNode } from "react";

/** The signed-in person as the browser knows them. `permissions` are action names and reads. */
export interface ClientActor {
  login: string;
  roles: readonly string[];
  /** With the roles that theirs include. */
  heldRoles: readonly string[];
  permissions: readonly string[];
}

const ActorContext = createContext<ClientActor | null>(null);

export function ActorProvider({ actor, children }: { actor: ClientActor; children: ReactNode }) {
  return <ActorContext value={actor}>{children}</ActorContext>;
}

/** Who is signed in. Throws outside the console layout, which always provides it. */
export function useActor(): ClientActor {
  const actor = use(ActorContext);
  if (!actor) throw new Error("useActor needs the console layout above it.");
  return actor;
}

/** Why this person may not run an action, or null when they may. The server decides again. */
export function useDenial(action: string): string | null {
  const { roles, permissions } = useActor();
  if (permissions.includes(action)) return null;
  return `Your role (${roles.join(", ") || "none"}) does not allow ${action}. Ask an administrator for it.`;
}
