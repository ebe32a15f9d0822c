import { SignInForm } from "#components/auth/sign-in-form.tsx";
import { ProblemNote } from "#components/auth/problem-note.tsx";
import { Logo } from "#components/shell/logo.tsx";

/** What went wrong at the identity provider, by the code in the address. */
const RETURNED: Record<string, { title: string; remedy: string }> = {
  forbidden: {
    title: "You are known there, but have no access here",
    remedy:
      "Your account is disabled, or none of your groups is mapped to a role. Ask an administrator.",
  },
  unauthenticated: {
    title: "The identity provider's answer is not the expected one",
    remedy: "An operator should compare OIDC_ISSUER with the provider.",
  },
  unavailable: {
    title: "Plumbline could not complete the sign-in",
    remedy: "Try again in a moment.",
  },
  oidc_failed: {
    title: "The sign-in was not completed",
    remedy: "It may have taken too long, or was started twice. Try again.",
  },
};

interface SignInPageProps {
  next: string;
  oidc: boolean;
  again: boolean;
  /** Code that a failed single sign-on came back with. */
  error: string | null;
}

/** The door: nothing of the console is loaded before it. */
export function SignInPage({ next, oidc, again, error }: SignInPageProps) {
  const returned = error === null ? null : (RETURNED[error] ?? RETURNED["oidc_failed"]);
  return (
    <main className="grid min-h-dvh place-items-center bg-canvas px-4 py-10">
      <div className="w-full max-w-sm">
        <div className="mb-6 flex items-center gap-2.5">
          <Logo className="size-7 shrink-0" />
          <div>
            <h1 className="text-xl leading-tight font-semibold tracking-tight">Plumbline</h1>
            <p className="text-sm text-muted">
              {again
                ? "Prove that it is still you."
                : "Sign in to see what is wrong, and since when."}
            </p>
          </div>
        </div>
        <div className="rounded-lg border border-line bg-surface p-5 shadow-float">
          {returned ? (
            <div className="mb-4">
              <ProblemNote error={{ code: error, ...returned }} />
            </div>
          ) : null}
          <SignInForm next={next} oidc={oidc} again={again} />
        </div>
        <p className="mt-4 text-xs text-muted">
          Lost your password? An administrator can reset it, or on the server:{" "}
          <code className="font-mono">npx plumbline user reset-password &lt;login&gt;</code>
        </p>
      </div>
    </main>
  );
}
