import { Badge } from "#components/ui/badge.tsx";
import type { Tone } from "#components/ui/tone.ts";
import type { Column } from "#components/data/column.ts";
import { formatUtc } from "#components/data/format.ts";
import { Status } from "#components/data/status-dot.tsx";
import { TokenActions } from "#components/settings/token-actions.tsx";
import type { TokenRow } from "#lib/auth/schema.ts";

const TONES: Record<TokenRow["state"], Tone> = {
  live: "ok",
  expired: "unknown",
  revoked: "unknown",
  creator_disabled: "warn",
};

export const tokenColumns: readonly Column<TokenRow>[] = [
  {
    id: "name",
    header: "Name",
    hideable: false,
    cell: (token) => (
      <>
        <span className="font-medium">{token.name}</span>{" "}
        <code className="ml-1 font-mono text-xs text-muted">{token.prefix}…</code>
      </>
    ),
  },
  {
    id: "roles",
    header: "Roles",
    cell: (token) => (
      <span className="flex flex-wrap gap-1">
        {token.roles.map((role) => (
          <Badge key={role}>{role}</Badge>
        ))}
      </span>
    ),
    phone: false,
  },
  {
    id: "createdBy",
    header: "Of",
    about: "The account whose roles bound it.",
    cell: (token) => token.createdBy,
  },
  {
    id: "state",
    header: "State",
    cell: (token) => <Status tone={TONES[token.state]}>{token.state.replace("_", " ")}</Status>,
  },
  {
    id: "expires",
    header: "Expires",
    cell: (token) => formatUtc(token.expiresAt),
    className: "whitespace-nowrap",
    phone: false,
  },
  {
    id: "used",
    header: "Last used",
    about: "Written at most once a minute.",
    cell: (token) => (token.lastUsedAt ? formatUtc(token.lastUsedAt) : "never"),
    className: "whitespace-nowrap",
    phone: false,
  },
  {
    id: "actions",
    header: "Actions",
    hideable: false,
    align: "right",
    className: "w-10",
    cell: (token) => (token.state === "revoked" ? null : <TokenActions token={token} />),
  },
];
