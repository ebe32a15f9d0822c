"use client";
import { useEffect, useRef, type FormEvent } from "react";
import { ProblemNote } from "#components/auth/problem-note.tsx";
import { useSignIn, type SignInState } from "#components/auth/use-sign-in.ts";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";

interface SignInFormProps {
  /** Where to go afterwards: a path of this site. */
  next: string;
  /** An identity provider is set up. */
  oidc: boolean;
  /** Somebody signed in proves it again: the provider must ask for the credentials. */
  again: boolean;
}

/** Login and password, then the one-time code where it is set up; or the identity provider. */
export function SignInForm({ next, oidc, again }: SignInFormProps) {
  const state = useSignIn(next, again);
  return (
    <div className="flex flex-col gap-4">
      {oidc ? (
        <>
          <Button
            variant="primary"
            className="h-9 justify-center"
            pending={state.pending}
            onClick={state.withProvider}
          >
            Continue with single sign-on
          </Button>
          <p className="flex items-center gap-3 text-xs text-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
            or with a local account
          </p>
        </>
      ) : null}
      <PasswordForm state={state} primary={!oidc} />
    </div>
  );
}

function PasswordForm({ state, primary }: { state: SignInState; primary: boolean }) {
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (primary) first.current?.focus();
  }, [primary]);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (state.pending || state.wait > 0) return;
    const fields = new FormData(event.currentTarget);
    const text = (name: string) => String(fields.get(name) ?? "");
    const totp = text("totp");
    void state.withPassword({
      login: text("login"),
      password: text("password"),
      ...(totp && { totp }),
    });
  };
  return (
    <form method="post" onSubmit={submit} className="flex flex-col gap-3">
      <Field label="Login" required>
        {(control) => (
          <Input
            {...control}
            ref={first}
            name="login"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            className="h-9"
          />
        )}
      </Field>
      <Field label="Password" required>
        {(control) => (
          <Input
            {...control}
            name="password"
            type="password"
            autoComplete="current-password"
            className="h-9"
          />
        )}
      </Field>
      {state.needsCode ? <CodeField /> : null}
      <ProblemNote error={state.error} />
      <Button
        type="submit"
        variant={primary ? "primary" : "secondary"}
        pending={state.pending}
        aria-disabled={state.wait > 0 || undefined}
        className="mt-1 h-9 justify-center"
      >
        {state.wait > 0 ? `Wait ${state.wait} s` : "Sign in"}
      </Button>
    </form>
  );
}

function CodeField() {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  return (
    <Field label="One-time code" required hint="The six digits that your authenticator shows now.">
      {(control) => (
        <Input
          {...control}
          ref={input}
          name="totp"
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={7}
          className="h-9 font-mono tracking-widest"
        />
      )}
    </Field>
  );
}
