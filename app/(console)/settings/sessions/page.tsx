import type { Metadata } from "next";
import { SessionsScreen } from "#components/settings/sessions-screen.tsx";
import { Prefetch } from "#lib/api/prefetch.tsx";
import { OWN_SESSIONS_KEY, SESSIONS_KEY } from "#lib/auth/client.ts";
import { can } from "#lib/auth/policy.ts";
import { listSessions } from "#lib/auth/read.ts";
import { getSessionActor } from "#lib/auth/session-actor.ts";
import type { ReadContext } from "#lib/signals/define.ts";

export const metadata: Metadata = { title: "Sessions" };

export default async function Page() {
  const actor = await getSessionActor();
  const all = actor !== null && can(actor, "sessions.read");
  const load = async (context: Pick<ReadContext, "actor">) => ({
    rows: await listSessions(context.actor, all ? "all" : "own"),
  });
  return (
    <Prefetch queries={[{ queryKey: all ? SESSIONS_KEY : OWN_SESSIONS_KEY, load }]}>
      <SessionsScreen />
    </Prefetch>
  );
}
