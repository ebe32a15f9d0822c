import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { GET as eventsRoute } from "../../app/api/v1/events/route.ts";
import { processMetrics } from "#lib/api/observe.ts";
import { sql } from "#lib/db/sql.ts";
import { closeChanged, publishChanged } from "#lib/jobs/changed.ts";
import { ownRedis } from "#lib/jobs/redis.ts";
import {
  addUser,
  call,
  cookieFor,
  type Ground,
  openGround,
  problemCode,
  type TestUser,
  tokenFor,
} from "#tests/support/access.ts";

let ground: Ground;
let user: TestUser;
const open: ReadableStreamDefaultReader<Uint8Array>[] = [];

beforeAll(async () => {
  ground = await openGround();
  user = await addUser("ada", ["viewer"]);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((reader) => reader.cancel()));
});
afterAll(async () => {
  closeChanged();
  await ground.close();
});

type Who = { cookie: string } | { token: string };

/** A browser on the stream. `next` waits for one message; `ended` for the end of the stream. */
async function listen(who: Who, headers: Record<string, string> = {}) {
  const response = await call(eventsRoute, "/api/v1/events", { ...who, headers });
  expect(response.status).toBe(200);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  open.push(reader);
  let text = "";
  const next = async (): Promise<unknown> => {
    for (;;) {
      const found = /^data: (.*)\n\n/m.exec(text);
      if (found) {
        text = text.slice(found.index + found[0].length);
        return (JSON.parse(found[1] as string) as { keys: unknown }).keys;
      }
      const { value, done } = await reader.read();
      if (done) throw new Error("the stream ended");
      text += new TextDecoder().decode(value);
    }
  };
  const ended = async (): Promise<boolean> => {
    while (!(await reader.read()).done);
    return true;
  };
  return { response, reader, next, ended };
}

/** Publishes until the subscription is there: subscribing is not awaited by the product either. */
function publishUntil(heard: Promise<unknown>, keys: string[][]): Promise<unknown> {
  const publishing = setInterval(() => void publishChanged(keys), 20);
  return heard.finally(() => clearInterval(publishing));
}

const clients = async () =>
  Number(/^plumbline_sse_clients (\d+)$/m.exec(await processMetrics())?.[1]);

describe("the event stream", () => {
  test("greets, then tells which keys changed, to everybody", async () => {
    const who = { cookie: await cookieFor(user) };
    const [one, two] = [await listen(who), await listen({ token: await tokenFor(user) })];
    expect(one.response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    expect(one.response.headers.get("cache-control")).toBe("no-cache, no-transform");
    expect(one.response.headers.get("x-accel-buffering")).toBe("no");
    expect([await one.next(), await two.next()]).toEqual([[], []]);
    const keys = [["signals", "queues"]];
    const both = Promise.all([one.next(), two.next()]);
    expect(await publishUntil(both, keys)).toEqual([keys, keys]);
    expect(await clients()).toBe(2);
  });

  test("goes on when somebody else writes to its channel", async () => {
    const { next } = await listen({ cookie: await cookieFor(user) });
    expect(await next()).toEqual([]);
    const keys = [["signals", "caches"]];
    await publishUntil(next(), keys);
    await ownRedis().publish("plumbline:changed", "not JSON");
    await ownRedis().publish("plumbline:changed", '{"keys":[1]}');
    const last = [["overview"]];
    await publishChanged(last);
    let heard = await next();
    while (JSON.stringify(heard) === JSON.stringify(keys)) heard = await next();
    expect(heard).toEqual(last);
  });

  test("tells whoever comes back that everything may have changed", async () => {
    const { next } = await listen({ cookie: await cookieFor(user) }, { "last-event-id": "1" });
    expect(await next()).toEqual([[]]);
  });

  test.each([
    [
      "its session is revoked",
      "UPDATE session SET revoked_at = now() WHERE user_id = $1::uuid",
      "cookie",
    ],
    [
      "its session is past its end",
      "UPDATE session SET expires_at = now() - interval '1 s' WHERE user_id = $1::uuid",
      "cookie",
    ],
    [
      "its token is revoked",
      "UPDATE api_token SET revoked_at = now() WHERE created_by = $1::uuid",
      "token",
    ],
    [
      "its account is disabled",
      "UPDATE user_account SET disabled_at = now() WHERE id = $1::uuid",
      "cookie",
    ],
    [
      "its token's account is disabled",
      "UPDATE user_account SET disabled_at = now() WHERE id = $1::uuid",
      "token",
    ],
  ])("ends when %s, and others go on", async (_why, statement, kind) => {
    const gone = await addUser(`gone-${crypto.randomUUID()}`, ["viewer"]);
    const theirs = await listen(
      kind === "token" ? { token: await tokenFor(gone) } : { cookie: await cookieFor(gone) },
    );
    const other = await listen({ cookie: await cookieFor(user) });
    await other.next();
    await sql.query(statement, [gone.id]);
    expect(await theirs.ended()).toBe(true);
    expect(await publishUntil(other.next(), [["overview"]])).toEqual([["overview"]]);
  });

  test("keeps little for a reader that does not read, and tells it in the end that everything changed", async () => {
    const slow = await listen({ cookie: await cookieFor(user) });
    const fast = await listen({ cookie: await cookieFor(user) });
    await fast.next();
    const big = [Array.from({ length: 100 }, (_, at) => `key-${at}-${"x".repeat(100)}`)];
    await publishUntil(fast.next(), big);
    for (let at = 0; at < 40; at++) {
      await publishChanged(big);
      await fast.next();
    }

    const heard: unknown[] = [];
    do heard.push(await slow.next());
    while (JSON.stringify(heard.at(-1)) !== "[[]]");
    expect(heard.length).toBeLessThan(12);
  });

  test("is left without a trace when the browser goes away", async () => {
    const before = await clients();
    const { reader } = await listen({ cookie: await cookieFor(user) });
    expect(await clients()).toBe(before + 1);
    await reader.cancel();
    expect(await clients()).toBe(before);
  });

  test("is refused while our Redis is down, and ends for those who are on it", async () => {
    const who = { cookie: await cookieFor(user) };
    const { ended } = await listen(who);
    process.kill(ground.redis.pid, "SIGSTOP");
    try {
      expect(await ended()).toBe(true);
    } finally {
      process.kill(ground.redis.pid, "SIGCONT");
    }
    await ground.redis.close();
    // Our connection hears of it a moment later.
    await expect
      .poll(
        async () => problemCode(await call(eventsRoute, "/api/v1/events", who)).catch(() => null),
        {
          timeout: 15_000,
        },
      )
      .toBe("unavailable");
  });
});
