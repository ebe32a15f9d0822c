"use client";
import { Logo } from "#components/shell/logo.tsx";

/** Nothing could be shown, most likely because Plumbline's own database does not answer. */
export default function RootError({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-2 p-6 text-center">
      <Logo className="mb-2 size-8" />
      <h1 className="text-lg font-semibold">Plumbline cannot show this page now</h1>
      <p className="max-w-md text-muted">
        Most likely its own database is not reachable. Your systems and their workers are not
        affected. This page works again as soon as the database does.
      </p>
      <button
        type="button"
        onClick={reset}
        className="mt-2 h-8 rounded-md bg-accent-fill px-3 font-medium text-on-fill hover:bg-accent-hover"
      >
        Try again
      </button>
      {error.digest ? <p className="font-mono text-2xs text-faint">{error.digest}</p> : null}
    </main>
  );
}
