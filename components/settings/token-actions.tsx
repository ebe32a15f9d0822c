"use client";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import { ActionDialog } from "#components/data/action-dialog.tsx";
import { LifetimeField } from "#components/settings/create-token.tsx";
import { SecretOnce } from "#components/settings/secret-once.tsx";
import { Menu } from "#components/ui/menu.tsx";
import type { TokenRow } from "#lib/auth/schema.ts";

/** What can be done with one token. */
export function TokenActions({ token }: { token: TokenRow }) {
  const [asked, setAsked] = useState<"rotate" | "revoke" | null>(null);
  const dialog = (which: "rotate" | "revoke") => ({
    open: asked === which,
    onOpenChange: (open: boolean) => setAsked(open ? which : null),
  });
  return (
    <>
      <Menu
        label={`Actions for ${token.name}`}
        iconOnly
        size="icon-sm"
        trigger={<Ellipsis className="size-4" />}
        items={[
          { label: "Replace secret", onSelect: () => setAsked("rotate") },
          { label: "Revoke", onSelect: () => setAsked("revoke") },
        ]}
      />
      <ActionDialog
        {...dialog("rotate")}
        action="tokens.rotate"
        label="Replace secret"
        title={`Replace the secret of ${token.name}`}
        about="The old secret stops working at once; whatever uses it must get the new one."
        input={(fields: FormData) => ({ id: token.id, days: Number(fields.get("days")) })}
        renderResult={(_result, once) => (
          <SecretOnce label="The new secret." once={once} field="secret" />
        )}
        danger
      >
        <LifetimeField />
      </ActionDialog>
      <ActionDialog
        {...dialog("revoke")}
        action="tokens.revoke"
        label="Revoke token"
        title={`Revoke ${token.name}`}
        about="It stops working at once and cannot be brought back."
        input={{ id: token.id }}
        danger
      />
    </>
  );
}
