"use client";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { ROLE_ABOUT } from "#components/settings/roles.ts";

/** Check boxes named `roles`. `offered` bounds them: a token may hold no more than its creator. */
export function RolesField({
  chosen = [],
  offered,
}: {
  chosen?: readonly string[];
  offered?: readonly string[];
}) {
  const roles = Object.entries(ROLE_ABOUT).filter(([role]) => !offered || offered.includes(role));
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 text-xs font-medium">Roles</legend>
      {roles.map(([role, about]) => (
        <Checkbox
          key={role}
          name="roles"
          value={role}
          defaultChecked={chosen.includes(role)}
          label={
            <>
              <span className="font-medium">{role}</span>{" "}
              <span className="text-muted">{about}</span>
            </>
          }
        />
      ))}
    </fieldset>
  );
}
