"use client";
import { useMutation } from "@tanstack/react-query";
import type { z } from "zod";
import { ProblemNote } from "#components/auth/problem-note.tsx";
import { Panel } from "#components/data/panel.tsx";
import { Status } from "#components/data/status-dot.tsx";
import { useSubmit } from "#components/settings/use-submit.ts";
import { Button } from "#components/ui/button.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { disableTotp, enableTotp, setUpTotp } from "#lib/auth/client.ts";
import type { totpSetupSchema } from "#lib/auth/schema.ts";

/** One-time codes: on with a QR code and a first code, off with the password and a code. */
export function TotpPanel({ enabled }: { enabled: boolean }) {
  const setup = useMutation({ mutationFn: setUpTotp });
  return (
    <Panel
      title="One-time codes"
      hint="Six digits from an authenticator app, asked for after your password."
      actions={<Status tone={enabled ? "ok" : "unknown"}>{enabled ? "on" : "off"}</Status>}
    >
      {enabled ? (
        <DisableForm />
      ) : setup.data ? (
        <EnableForm setup={setup.data} />
      ) : (
        <div className="flex flex-col items-start gap-3">
          <p className="text-sm text-muted">
            A stolen password alone then no longer lets anybody in.
          </p>
          <ProblemNote error={setup.error} />
          <Button pending={setup.isPending} onClick={() => setup.mutate()}>
            Set up
          </Button>
        </div>
      )}
    </Panel>
  );
}

function EnableForm({ setup }: { setup: z.infer<typeof totpSetupSchema> }) {
  const { sealed, secret, qr } = setup;
  const { pending, error, submit } = useSubmit(
    (text) => enableTotp({ sealed, code: text("code"), password: text("password") }),
    "One-time codes are on",
  );
  return (
    <form method="post" onSubmit={submit} className="flex flex-col gap-3">
      <div className="flex flex-wrap items-start gap-4">
        <QrCode size={qr.size} path={qr.path} />
        <div className="min-w-40 flex-1 text-sm">
          <p>Scan it with your authenticator, or type this in:</p>
          <p className="mt-1 flex items-center gap-1">
            <code className="font-mono text-xs break-all select-all">
              {secret.replaceAll(/(.{4})/g, "$1 ")}
            </code>
            <CopyButton text={secret} label="Copy the secret" />
          </p>
        </div>
      </div>
      <CodeField name="code" />
      <PasswordField />
      <ProblemNote error={error} />
      <Button type="submit" variant="primary" pending={pending} className="self-start">
        Turn on
      </Button>
    </form>
  );
}

function DisableForm() {
  const { pending, error, submit } = useSubmit(
    (text) => disableTotp({ password: text("password"), totp: text("totp") }),
    "One-time codes are off",
  );
  return (
    <form method="post" onSubmit={submit} className="flex flex-col gap-3">
      <PasswordField />
      <CodeField name="totp" />
      <ProblemNote error={error} />
      <Button type="submit" variant="danger" pending={pending} className="self-start">
        Turn off
      </Button>
    </form>
  );
}

function PasswordField() {
  return (
    <Field label="Your password" required>
      {(control) => (
        <Input {...control} name="password" type="password" autoComplete="current-password" />
      )}
    </Field>
  );
}

function CodeField({ name }: { name: string }) {
  return (
    <Field label="Code shown now" required>
      {(control) => (
        <Input
          {...control}
          name={name}
          inputMode="numeric"
          autoComplete="one-time-code"
          maxLength={7}
          className="font-mono"
        />
      )}
    </Field>
  );
}

/** Dark on white in both themes: cameras expect it. */
function QrCode({ size, path }: { size: number; path: string }) {
  return (
    <svg
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label="QR code with the secret; it can be typed in instead"
      shapeRendering="crispEdges"
      className="size-40 shrink-0 rounded-md border border-line"
    >
      <rect width={size} height={size} fill="white" />
      <path d={path} fill="black" />
    </svg>
  );
}
