export const ROLES = ["viewer", "oncall", "finance", "approver", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** Who is acting. Built only by `getActor` (requests) and `systemActor` (workers, CLI). */
export interface Actor {
  /** `user:<uuid>`, `token:<uuid>` or `system:<process>`. */
  id: string;
  login: string;
  roles: readonly Role[];
  via: "session" | "token" | "system";
  /** Hash of the session, for revocation; null for tokens and the system. */
  sessionId: string | null;
  /** When credentials were last proved; dangerous actions want it to be recent. Null where it cannot be proved. */
  authAt: Date | null;
}

export function systemActor(process: string): Actor {
  return {
    id: `system:${process}`,
    login: `system (${process})`,
    roles: ["admin"],
    via: "system",
    sessionId: null,
    authAt: null,
  };
}
