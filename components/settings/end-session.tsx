"use client";
import { useActor } from "#components/data/actor.tsx";
import { ConfirmAction } from "#components/data/confirm-action.tsx";
import type { SessionRow } from "#lib/auth/schema.ts";

/** Ends a session: with the right to do it to anybody, or because it is one's own. */
export function EndSession({ session }: { session: SessionRow }) {
  const { permissions } = useActor();
  return (
    <ConfirmAction
      action={permissions.includes("sessions.revoke") ? "sessions.revoke" : "profile.endSession"}
      label="End session"
      about={`${session.login} is signed out there at once; open pages stop updating within two seconds.`}
      input={{ id: session.id }}
      disabledReason={
        session.current ? "This is the session you are using: sign out instead." : null
      }
      danger
    />
  );
}
