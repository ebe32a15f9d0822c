import { Badge } from "#components/ui/badge.tsx";
import { ReasonedButton } from "#components/ui/reasoned-button.tsx";
import type { Column } from "#components/data/column.ts";
import { formatUtc } from "#components/data/format.ts";
import type { SessionRow } from "#lib/auth/schema.ts";

export const sessionColumns = (
  onEnd: (session: SessionRow) => void,
): readonly Column<SessionRow>[] => [
  {
    id: "login",
    header: "Login",
    hideable: false,
    cell: (session) => (
      <span className="inline-flex items-center gap-2 font-medium">
        {session.login}
        {session.current ? <Badge tone="accent">this one</Badge> : null}
      </span>
    ),
  },
  {
    id: "via",
    header: "Signed in by",
    cell: (session) => (session.via === "oidc" ? "identity provider" : "password"),
    phone: false,
  },
  { id: "address", header: "Address", cell: (session) => session.address },
  {
    id: "userAgent",
    header: "Browser",
    cell: (session) => <span title={session.userAgent ?? undefined}>{session.userAgent}</span>,
    className: "w-full max-w-0 min-w-32 truncate",
    phone: false,
  },
  {
    id: "created",
    header: "Since",
    cell: (session) => formatUtc(session.createdAt),
    className: "whitespace-nowrap",
    phone: false,
  },
  {
    id: "seen",
    header: "Last seen",
    about: "Ends by itself 30 minutes after the last request, and 12 hours after the sign-in.",
    cell: (session) => formatUtc(session.lastSeenAt),
    className: "whitespace-nowrap",
  },
  {
    id: "actions",
    header: "Actions",
    hideable: false,
    align: "right",
    cell: (session) => (
      <ReasonedButton
        size="sm"
        disabledReason={
          session.current ? "This is the session you are using: sign out instead." : null
        }
        aria-haspopup="dialog"
        onClick={() => onEnd(session)}
      >
        End session
      </ReasonedButton>
    ),
  },
];
