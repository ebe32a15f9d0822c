import type { Metadata } from "next";
import { AuditScreen } from "#components/audit/screen.tsx";
import { auditView } from "#components/audit/view.ts";
import { tableParams } from "#components/data/table-params.ts";
import { Prefetch } from "#lib/api/prefetch.tsx";
import { can } from "#lib/auth/policy.ts";
import { getSessionActor } from "#lib/auth/session-actor.ts";
import { auditQuery } from "#lib/audit/client.ts";
import { listAudit } from "#lib/audit/read.ts";
import { auditParamsSchema } from "#lib/audit/schema.ts";

export const metadata: Metadata = { title: "Audit" };

export default async function Page({ searchParams }: PageProps<"/audit">) {
  const params = tableParams(auditView, await searchParams);
  const actor = await getSessionActor();
  const allowed = actor !== null && can(actor, "audit.read");
  const { queryKey } = auditQuery(params);
  const load = ({ now }: { now: Date }) => listAudit(auditParamsSchema.parse(params), now);
  return (
    <Prefetch queries={allowed ? [{ queryKey, load }] : []}>
      <AuditScreen />
    </Prefetch>
  );
}
