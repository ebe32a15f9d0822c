import type { Actor } from "#lib/auth/actor.ts";
import { AppError } from "#lib/core/errors.ts";
import type { ChangedKeys } from "#lib/jobs/changed.ts";
import { readyRedis } from "#lib/jobs/redis.ts";
import { isFull, subscribe } from "./event-hub.ts";
import { sseClientsChanged } from "./observe.ts";

/** What a slow reader may have waiting; beyond it, it is told "everything changed" once it reads again. */
const BUFFER_BYTES = 64 * 1024;
const EVERYTHING: ChangedKeys = [[]];

/** Compression or a proxy's buffer would hold events back. */
const HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
  connection: "keep-alive",
};

/**
 * The stream of changed query keys for one browser. Ends within two seconds of the session's end.
 * Throws `unavailable` when our Redis is down: the browser then polls, and asks here again.
 */
export async function eventStream(actor: Actor, request: Request): Promise<Response> {
  await readyRedis();
  if (isFull()) {
    throw new AppError("unavailable", "This server has no room for more event streams", {
      remedy: "The page goes on by polling.",
      retryAfterSeconds: 30,
    });
  }
  // Whoever comes back has missed what happened in between.
  const greeting = request.headers.has("last-event-id") ? EVERYTHING : [];
  return new Response(stream(actor, request.signal, greeting), { headers: HEADERS });
}

function stream(
  actor: Actor,
  signal: AbortSignal,
  greeting: ChangedKeys,
): ReadableStream<Uint8Array> {
  let leave: () => void;
  let missed = false;
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const write = (text: string): void => controller.enqueue(encoder.encode(text));
        const hasRoom = (): boolean => (controller.desiredSize ?? 0) > 0;
        const unsubscribe = subscribe({
          actor,
          changed: (keys) => (hasRoom() ? write(message(keys)) : (missed = true)),
          heartbeat: () => hasRoom() && write(": still here\n\n"),
          end: () => leave(),
        });
        sseClientsChanged(1);
        leave = once(() => {
          unsubscribe();
          sseClientsChanged(-1);
          controller.close();
        });
        signal.addEventListener("abort", leave);
        // An id makes the browser say, when it comes back, that it was here before.
        write(`retry: 3000\nid: 1\n${message(greeting)}`);
      },
      pull(controller) {
        if (!missed) return;
        missed = false;
        controller.enqueue(encoder.encode(message(EVERYTHING)));
      },
      cancel: () => leave(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: BUFFER_BYTES }),
  );
}

function message(keys: ChangedKeys): string {
  return `data: ${JSON.stringify({ keys })}\n\n`;
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    try {
      work();
    } catch {
      // The reader has gone already; there is nothing left to close.
    }
  };
}
