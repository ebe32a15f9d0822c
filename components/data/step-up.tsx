"use client";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { toProblem, type Problem } from "#components/data/problem.ts";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { proveAgain } from "#lib/auth/client.ts";

/**
 * Asks, inside the form of a dangerous action, for the password or a one-time code (six digits), then carries on with it.
 * Not a form of its own: it stands inside one.
 */
export function StepUp({ onProved }: { onProved: () => void }) {
  const [typed, setTyped] = useState("");
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const confirm = async () => {
    if (typed === "" || pending) return;
    setPending(true);
    setProblem(null);
    try {
      await proveAgain(/^\d{6}$/.test(typed) ? { totp: typed } : { password: typed });
      onProved();
    } catch (error) {
      setProblem(toProblem(error));
      setPending(false);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    void confirm();
  };
  return (
    <div className="flex flex-col gap-2 rounded-md border border-line bg-sunken p-3">
      <Field
        label="Confirm that it is you"
        required
        hint="Your password, or the code your authenticator shows. It is asked for when your last proof is older than five minutes."
        error={problem ? `${problem.title}. ${problem.remedy ?? ""}` : null}
      >
        {(control) => (
          <Input
            {...control}
            ref={input}
            type="password"
            autoComplete="current-password"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={onKeyDown}
          />
        )}
      </Field>
      <div className="flex items-center justify-end gap-3">
        {problem?.code === "forbidden" ? <SignInAgain /> : null}
        <Button variant="primary" size="sm" pending={pending} onClick={confirm}>
          Confirm and continue
        </Button>
      </div>
    </div>
  );
}

/** For accounts without a password here: the identity provider asks again. */
function SignInAgain() {
  const pathname = usePathname();
  return (
    <Link
      href={`/login?again=1&next=${encodeURIComponent(pathname)}`}
      className="rounded-sm text-sm font-medium text-accent underline-offset-2 hover:underline"
    >
      Sign in again
    </Link>
  );
}
