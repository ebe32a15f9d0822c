import type { Actor, Role } from "./actor.ts";

/** `<area>.<verb>`: a read (`queues.read`) or the name of an action (`queues.retry`). */
export type Permission = `${string}.${string}`;

/** A role also holds everything of the roles it includes. */
const INCLUDES: Readonly<Record<Role, readonly Role[]>> = {
  viewer: [],
  oncall: ["viewer"],
  finance: ["viewer"],
  approver: ["viewer"],
  admin: ["oncall"],
};

/** The policy: what each role may do, beyond the roles it includes. `*` stands for one area or one verb. */
const GRANTS: Readonly<Record<Role, readonly string[]>> = {
  viewer: ["*.read", "profile.*"],
  oncall: [
    "*.retry",
    "*.promote",
    "*.pause",
    "*.resume",
    "*.runScheduler",
    "*.pauseScheduler",
    "*.resumeScheduler",
    "*.spread",
    "*.explain",
    "*.reveal",
    "breakers.*",
    "deadletters.*",
    "redrives.*",
    "audit.read",
  ],
  finance: ["reconciliation.*", "audit.read"],
  approver: ["reconciliation.approve", "audit.read"],
  admin: [
    "*.remove",
    "*.drain",
    "*.clean",
    "sources.*",
    "users.*",
    "users.read",
    "sessions.*",
    "sessions.read",
    "tokens.*",
    "tokens.read",
  ],
};

/** Too sensitive to come with a `*`: a role holds these only when its own line names them in full. */
const NAMED_ONLY: ReadonlySet<string> = new Set([
  "audit.read",
  "users.read",
  "sessions.read",
  "tokens.read",
  "reconciliation.approve",
]);

/** All roles somebody effectively has: the given ones and those they include. */
export function heldRoles(roles: readonly Role[]): Set<Role> {
  const held = new Set<Role>();
  const add = (role: Role): void => {
    if (held.has(role)) return;
    held.add(role);
    INCLUDES[role].forEach(add);
  };
  roles.forEach(add);
  return held;
}

/** Whether these roles allow this. Anything the table does not grant is denied. */
export function rolesAllow(roles: readonly Role[], permission: Permission): boolean {
  return [...heldRoles(roles)].some((role) =>
    GRANTS[role].some((pattern) => matches(pattern, permission)),
  );
}

/** The one question every read and every action asks. */
export function can(actor: Pick<Actor, "roles">, permission: Permission): boolean {
  return rolesAllow(actor.roles, permission);
}

function matches(pattern: string, permission: Permission): boolean {
  if (pattern === permission) return true;
  if (NAMED_ONLY.has(permission)) return false;
  const [area, verb, ...beyond] = permission.split(".");
  return beyond.length === 0 && (pattern === `*.${verb}` || pattern === `${area}.*`);
}
