import type { Metadata } from "next";
import { TokensScreen } from "#components/settings/tokens-screen.tsx";
import { Prefetch } from "#lib/api/prefetch.tsx";
import { TOKENS_KEY } from "#lib/auth/client.ts";
import { listTokens } from "#lib/auth/read.ts";

export const metadata: Metadata = { title: "Tokens" };

const load = async () => ({ rows: await listTokens() });

export default function Page() {
  return (
    <Prefetch queries={[{ queryKey: TOKENS_KEY, permission: "tokens.read", load }]}>
      <TokensScreen />
    </Prefetch>
  );
}
