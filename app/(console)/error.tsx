"use client";
import { ErrorState } from "#components/data/error-state.tsx";
import { Card } from "#components/ui/card.tsx";

/** A screen broke; the frame around it still works. */
export default function ConsoleError({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return (
    <Card>
      <ErrorState
        error={{
          code: error.digest ? `error ${error.digest}` : "screen_failed",
          title: "This screen could not be shown",
          detail: "Plumbline itself is running; only this page failed.",
          remedy: "Try again. If it stays, find the code below in the web process's log.",
        }}
        onRetry={reset}
      />
    </Card>
  );
}
