import type { Metadata } from "next";
import { Logo } from "#components/shell/logo.tsx";
import { ButtonLink } from "#components/ui/button-link.tsx";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-2 p-6 text-center">
      <Logo className="mb-2 size-8" />
      <h1 className="text-lg font-semibold">There is nothing at this address</h1>
      <p className="max-w-sm text-muted">
        It may have been removed since the link was made, or the address is mistyped.
      </p>
      <ButtonLink href="/" className="mt-2">
        Go to the overview
      </ButtonLink>
    </main>
  );
}
