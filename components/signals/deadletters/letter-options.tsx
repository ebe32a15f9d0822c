import { KeyValue } from "#components/data/key-value.tsx";
import { PayloadView } from "#components/data/payload-view.tsx";
import type { LetterDetail } from "#lib/signals/deadletters/schema.ts";
import { retryPolicy } from "./policy.ts";

/** How the job was to be retried, in words, then its options as they are stored. */
export function LetterOptions({ options }: { options: LetterDetail["options"] }) {
  const policy = retryPolicy(options.text);
  return (
    <div className="flex flex-col gap-3">
      {policy ? (
        <>
          <KeyValue
            items={[
              ["Attempts", policy.attempts],
              ["Backoff", policy.backoff],
              ["Order", policy.order],
              ["When failed", policy.keep],
            ]}
          />
          {policy.note ? <p className="text-sm text-warn">{policy.note}</p> : null}
        </>
      ) : null}
      <details>
        <summary className="rounded-sm text-sm text-muted">All options</summary>
        <div className="mt-2">
          <PayloadView payload={options} label="Options" />
        </div>
      </details>
    </div>
  );
}
