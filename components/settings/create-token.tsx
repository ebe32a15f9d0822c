"use client";
import { useActor } from "#components/data/actor.tsx";
import { ConfirmAction } from "#components/data/confirm-action.tsx";
import { RolesField } from "#components/settings/roles-field.tsx";
import { rolesIn } from "#components/settings/roles.ts";
import { SecretOnce } from "#components/settings/secret-once.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { Select } from "#components/ui/select.tsx";

const LIFETIMES = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "1 year" },
];

/** How long a token lives; every token expires. */
export function LifetimeField() {
  return (
    <Field label="Expires after" required>
      {(control) => <Select {...control} name="days" defaultValue="90" options={LIFETIMES} />}
    </Field>
  );
}

export function CreateToken() {
  const { heldRoles } = useActor();
  return (
    <ConfirmAction
      action="tokens.create"
      label="Create token"
      variant="primary"
      about="Send it as `Authorization: Bearer …`. It never holds more than you do, and stops working when you are disabled."
      input={(fields: FormData) => ({
        name: fields.get("name"),
        roles: rolesIn(fields),
        days: Number(fields.get("days")),
      })}
      renderResult={(_result, once) => (
        <SecretOnce label="The new token." once={once} field="secret" />
      )}
    >
      <Field label="Name" required hint="What it is for, such as “Prometheus”.">
        {(control) => <Input {...control} name="name" />}
      </Field>
      <RolesField chosen={["viewer"]} offered={heldRoles} />
      <LifetimeField />
    </ConfirmAction>
  );
}
