"use client";
import { useState, type ReactNode } from "react";
import { ActionDialog } from "#components/data/action-dialog.tsx";
import { useActor } from "#components/data/actor.tsx";
import type { SessionRow } from "#lib/auth/schema.ts";

export interface Ending {
  /** Asks about this session. */
  ask: (session: SessionRow) => void;
  /** Stands beside the list, not in a row: the row goes as soon as the session has ended, the result stays. */
  dialog: ReactNode;
}

/** Ends a session: with the right to do it to anybody, or because it is one's own. */
export function useEnding(): Ending {
  const { permissions } = useActor();
  const [session, setSession] = useState<SessionRow | null>(null);
  const [open, setOpen] = useState(false);
  const dialog = session ? (
    <ActionDialog
      key={session.id}
      open={open}
      onOpenChange={setOpen}
      action={permissions.includes("sessions.revoke") ? "sessions.revoke" : "profile.endSession"}
      label="End session"
      title={`End a session of ${session.login}`}
      about={`${session.login} is signed out there at once; open pages stop updating within two seconds.`}
      input={{ id: session.id }}
      danger
    />
  ) : null;
  const ask = (asked: SessionRow) => {
    setSession(asked);
    setOpen(true);
  };
  return { ask, dialog };
}
