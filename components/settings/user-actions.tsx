"use client";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { ActionDialog } from "#components/data/action-dialog.tsx";
import { RolesField } from "#components/settings/roles-field.tsx";
import { rolesIn } from "#components/settings/roles.ts";
import { SecretOnce } from "#components/settings/secret-once.tsx";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { Menu } from "#components/ui/menu.tsx";
import type { UserRow } from "#lib/auth/schema.ts";

type Asked = "roles" | "reset" | "disable" | "enable";

/** What can be done with one account. What cannot (an identity provider decides it) is not offered. */
export function UserActions({ user }: { user: UserRow }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const local = user.via === "password";
  const items = [
    ...(local ? [{ label: "Change roles", onSelect: () => setAsked("roles") }] : []),
    ...(local ? [{ label: "Reset password", onSelect: () => setAsked("reset") }] : []),
    user.disabledAt
      ? { label: "Enable", onSelect: () => setAsked("enable") }
      : { label: "Disable", onSelect: () => setAsked("disable") },
  ];
  const dialog = (which: Asked) => ({
    open: asked === which,
    onOpenChange: (open: boolean) => setAsked(open ? which : null),
  });
  return (
    <>
      <Menu
        label={`Actions for ${user.login}`}
        iconOnly
        size="icon-sm"
        trigger={<Ellipsis className="size-4" />}
        items={items}
      />
      <ActionDialog
        {...dialog("roles")}
        action="users.setRoles"
        label="Change roles"
        title={`Roles of ${user.login}`}
        about="Takes effect with the account's next request. Its tokens lose what it loses."
        input={(fields: FormData) => ({ id: user.id, roles: rolesIn(fields) })}
      >
        <RolesField chosen={user.roles} />
      </ActionDialog>
      <ActionDialog
        {...dialog("reset")}
        action="users.resetPassword"
        label="Reset password"
        title={`Reset the password of ${user.login}`}
        about="The account gets a random password, which you hand over. All its sessions end."
        input={(fields: FormData) => ({ id: user.id, removeTotp: fields.has("removeTotp") })}
        renderResult={(_result, once) => (
          <SecretOnce label="The new password." once={once} field="password" />
        )}
        danger
      >
        {user.totp ? (
          <Checkbox
            name="removeTotp"
            label="Also turn off one-time codes (the authenticator is lost)"
          />
        ) : null}
      </ActionDialog>
      <ActionDialog
        {...dialog("disable")}
        action="users.disable"
        label="Disable account"
        title={`Disable ${user.login}`}
        about="It can no longer sign in, its sessions end at once and its tokens stop working. It can be enabled again."
        input={{ id: user.id }}
        danger
      />
      <ActionDialog
        {...dialog("enable")}
        action="users.enable"
        label="Enable account"
        title={`Enable ${user.login}`}
        about="It can sign in again with the roles it had. Its tokens that have not expired work again."
        input={{ id: user.id }}
      />
    </>
  );
}
