import { Badge } from "#components/ui/badge.tsx";
import type { Column } from "#components/data/column.ts";
import { formatUtc } from "#components/data/format.ts";
import { Status } from "#components/data/status-dot.tsx";
import { UserActions } from "#components/settings/user-actions.tsx";
import type { UserRow } from "#lib/auth/schema.ts";

export const userColumns: readonly Column<UserRow>[] = [
  {
    id: "login",
    header: "Login",
    hideable: false,
    cell: (user) => (
      <>
        <span className="font-medium">{user.login}</span>
        {user.name && user.name !== user.login ? (
          <span className="ml-2 text-muted">{user.name}</span>
        ) : null}
      </>
    ),
  },
  {
    id: "roles",
    header: "Roles",
    cell: (user) => (
      <span className="flex flex-wrap gap-1">
        {user.roles.map((role) => (
          <Badge key={role} tone={role === "admin" ? "accent" : "neutral"}>
            {role}
          </Badge>
        ))}
      </span>
    ),
  },
  {
    id: "via",
    header: "Proves it by",
    cell: (user) =>
      user.via === "oidc" ? "identity provider" : user.totp ? "password and code" : "password",
    phone: false,
  },
  {
    id: "state",
    header: "State",
    cell: (user) => (
      <Status tone={user.disabledAt ? "unknown" : "ok"}>
        {user.disabledAt ? "disabled" : "active"}
      </Status>
    ),
  },
  {
    id: "seen",
    header: "Last seen",
    about: "The last request of any of its sessions.",
    cell: (user) => (user.lastSeenAt ? formatUtc(user.lastSeenAt) : "never"),
    className: "whitespace-nowrap",
    phone: false,
  },
  {
    id: "actions",
    header: "Actions",
    hideable: false,
    align: "right",
    className: "w-10",
    cell: (user) => <UserActions user={user} />,
  },
];
