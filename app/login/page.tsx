import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { SignInPage } from "#components/auth/sign-in-page.tsx";
import { oidcConfigured } from "#lib/auth/oidc.ts";
import { localPathSchema } from "#lib/auth/schema.ts";
import { getSessionActor } from "#lib/auth/session-actor.ts";

export const metadata: Metadata = { title: "Sign in" };

export default async function Page({ searchParams }: PageProps<"/login">) {
  const { next, error, again } = await searchParams;
  const target = localPathSchema.parse(next ?? "/");
  const proveAgain = again !== undefined;
  if (!proveAgain && (await getSessionActor())) redirect(target);
  return (
    <SignInPage
      next={target}
      oidc={oidcConfigured()}
      again={proveAgain}
      error={typeof error === "string" ? error : null}
    />
  );
}
