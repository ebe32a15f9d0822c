import type { Metadata } from "next";
import { ProfileScreen } from "#components/settings/profile-screen.tsx";
import { Prefetch } from "#lib/api/prefetch.tsx";
import { ME_KEY } from "#lib/auth/client.ts";
import { readMe } from "#lib/auth/read.ts";

export const metadata: Metadata = { title: "Profile" };

export default function Page() {
  return (
    <Prefetch queries={[{ queryKey: ME_KEY, load: ({ actor }) => readMe(actor) }]}>
      <ProfileScreen />
    </Prefetch>
  );
}
