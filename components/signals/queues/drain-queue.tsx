"use client";
import { useQuery } from "@tanstack/react-query";
import { Eraser } from "lucide-react";
import { useState } from "react";
import { ConfirmAction } from "#components/data/confirm-action.tsx";
import { formatInteger, plural } from "#components/data/format.ts";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { drainPreviewQuery, type DrainPreview } from "#lib/signals/queues/client.ts";
import type { QueueDetail } from "#lib/signals/queues/schema.ts";
import { Looks, Preview, Removed } from "./danger-preview.tsx";

/** Empties a paused queue of what waits in it, after a look at what that is. */
export function DrainQueue({ queue }: { queue: QueueDetail }) {
  return (
    <ConfirmAction
      action="queues.drain"
      label="Drain queue"
      danger
      icon={<Eraser className="size-3.5" />}
      source={queue.source}
      disabledReason={queue.readOnlyBecause ?? notPaused(queue)}
      about={
        <>
          The jobs that wait in <strong>{queue.name}</strong> now are deleted with their payloads.
          Nothing brings them back. Jobs that come from now on stay, and so do running, completed
          and failed ones.
        </>
      }
      input={(fields: FormData) => ({
        queue: queue.key,
        seen: read(fields.get("seen")),
        delayed: fields.has("delayed"),
      })}
      renderResult={(result) => <Removed result={result} />}
    >
      <DrainFields queue={queue} />
    </ConfirmAction>
  );
}

const notPaused = ({ paused }: QueueDetail): string | null =>
  paused
    ? null
    : "Pause the queue first: while workers take jobs, what is shown is not what is removed.";

function DrainFields({ queue }: { queue: QueueDetail }) {
  const query = useQuery(drainPreviewQuery(queue.source, queue.key));
  return <Preview query={query}>{(found) => <Found found={found} />}</Preview>;
}

function Found({ found }: { found: DrainPreview }) {
  const [withDelayed, setWithDelayed] = useState(false);
  const { seen, delayed } = found;
  const waiting = seen.lists.reduce((sum, list) => sum + list.count, seen.prioritized.count);
  const count = waiting + (withDelayed ? seen.delayed.count : 0);
  return (
    <div className="flex flex-col gap-2">
      <input type="hidden" name="seen" value={JSON.stringify(seen)} />
      <p className="text-sm font-medium">
        {plural(count, withDelayed ? "job" : "waiting job")} will be removed.
      </p>
      <Looks {...found} />
      <Checkbox
        name="delayed"
        checked={withDelayed}
        onChange={(event) => setWithDelayed(event.target.checked)}
        disabled={seen.delayed.count === 0}
        label={`Also the ${formatInteger(seen.delayed.count)} delayed: scheduled ones and retries`}
      />
      {withDelayed ? <Looks {...delayed} /> : null}
    </div>
  );
}

/** Without a preview there is nothing to send, and the server says so. */
const read = (text: FormDataEntryValue | null): unknown =>
  typeof text === "string" ? JSON.parse(text) : undefined;
