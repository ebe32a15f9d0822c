"use client";
import { ProblemNote } from "#components/auth/problem-note.tsx";
import { useSubmit } from "#components/settings/use-submit.ts";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { changePassword } from "#lib/auth/client.ts";

export function PasswordForm() {
  const { pending, error, submit } = useSubmit(
    (text) => changePassword({ current: text("current"), next: text("next") }),
    "Password changed",
  );
  return (
    <form method="post" onSubmit={submit} className="flex flex-col gap-3">
      <Field label="Current password" required>
        {(control) => (
          <Input {...control} name="current" type="password" autoComplete="current-password" />
        )}
      </Field>
      <Field
        label="New password"
        required
        hint="12 characters or more; a few unrelated words are good."
      >
        {(control) => (
          <Input
            {...control}
            name="next"
            type="password"
            minLength={12}
            autoComplete="new-password"
          />
        )}
      </Field>
      <ProblemNote error={error} />
      <Button type="submit" pending={pending} className="self-start">
        Change password
      </Button>
    </form>
  );
}
