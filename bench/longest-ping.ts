import { connect, type Socket } from "node:net";
import { sleep } from "#lib/core/time.ts";

/**
 * Another client of the same Redis that only says PING, as fast as the answers come or `pauseMs` after each: the longest wait is
 * what our work costs everybody else. Run it in a process that does nothing besides.
 */
export async function startPinging(
  url: string,
  pauseMs?: number,
): Promise<{ stop(): { longestMs: number; pings: number } }> {
  const { hostname, port, password } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setNoDelay(true);
  if (password) await say(socket, `AUTH ${decodeURIComponent(password)}\r\n`);
  const seen = { longestMs: 0, pings: 0, stopped: false };
  const done = (async () => {
    while (!seen.stopped) {
      const start = performance.now();
      await say(socket, "PING\r\n");
      seen.longestMs = Math.max(seen.longestMs, performance.now() - start);
      seen.pings += 1;
      await (pauseMs === undefined ? new Promise(setImmediate) : sleep(pauseMs));
    }
    socket.destroy();
  })();
  done.catch(() => {});
  return {
    stop() {
      seen.stopped = true;
      return { longestMs: seen.longestMs, pings: seen.pings };
    },
  };
}

async function say(socket: Socket, line: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  socket.once("data", resolve);
  socket.once("error", reject);
  socket.write(line);
  await promise;
  socket.off("error", reject);
}
