import type { Metadata } from "next";
import { UsersScreen } from "#components/settings/users-screen.tsx";
import { Prefetch } from "#lib/api/prefetch.tsx";
import { USERS_KEY } from "#lib/auth/client.ts";
import { listUsers } from "#lib/auth/read.ts";

export const metadata: Metadata = { title: "Users" };

const load = async () => ({ rows: await listUsers() });

export default function Page() {
  return (
    <Prefetch queries={[{ queryKey: USERS_KEY, permission: "users.read", load }]}>
      <UsersScreen />
    </Prefetch>
  );
}
