"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { formatUtc } from "#components/data/format.ts";
import { KeyValue } from "#components/data/key-value.tsx";
import { Panel } from "#components/data/panel.tsx";
import { PasswordForm } from "#components/settings/password-form.tsx";
import { ROLE_ABOUT } from "#components/settings/roles.ts";
import { TotpPanel } from "#components/settings/totp-panel.tsx";
import { meQuery } from "#lib/auth/client.ts";

/** Who one is here, and one's own password and one-time codes. */
export function ProfileScreen() {
  const { data: me, error, isPending, refetch } = useQuery(meQuery());
  if (!me?.profile) {
    return <Panel title="Profile" loading={isPending} error={error} onRetry={() => refetch()} />;
  }
  const { name, hasPassword, totp } = me.profile;
  return (
    <div className="grid max-w-4xl items-start gap-4 lg:grid-cols-2">
      <Panel title="You" className="lg:col-span-2">
        <KeyValue
          items={[
            ["Login", me.login],
            ["Name", name],
            ["Roles", me.roles.map((role) => `${role} (${ROLE_ABOUT[role]})`).join("; ")],
            ["Last proved", me.authAt ? formatUtc(me.authAt) : null],
            [
              "Sessions",
              <Link
                key="sessions"
                href="/settings/sessions"
                className="rounded-sm font-medium text-accent hover:underline"
              >
                Where you are signed in
              </Link>,
            ],
          ]}
        />
      </Panel>
      {hasPassword ? (
        <>
          <Panel title="Password" hint="All your other sessions end when you change it.">
            <PasswordForm />
          </Panel>
          <TotpPanel enabled={totp} />
        </>
      ) : (
        <Panel title="Password and one-time codes" className="lg:col-span-2">
          <p className="text-sm text-muted">
            Your identity provider keeps them; change them there.
          </p>
        </Panel>
      )}
    </div>
  );
}
