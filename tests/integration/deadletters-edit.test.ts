import { beforeEach, expect, test } from "vitest";
import { POST as actionRoute } from "../../app/api/v1/actions/[action]/route.ts";
import { sha256 } from "#lib/core/ids.ts";
import { ingest } from "#lib/signals/deadletters/capture/ingest.ts";
import { MAX_EDIT } from "#lib/signals/deadletters/schema.ts";
import { addUser, cookieFor, problemCode } from "#tests/support/access.ts";
import { acting } from "#tests/support/acting.ts";
import { captureQueue, failure, lettersOf } from "./deadletters-failures.ts";
import { withWorld } from "./deadletters-world.ts";

withWorld();

const { submit, done } = acting(actionRoute);
const payload = '{"order":1}';
let id: string;

beforeEach(async () => {
  const queueId = await captureQueue();
  await ingest(queueId, [failure({ jobId: "7", data: Buffer.from(payload) })]);
  id = String((await lettersOf(queueId))[0]?.id);
});

/** JSON of so many characters, most of which take more room on their way. */
function jsonOf(length: number): string {
  const note = '€"'.repeat(Math.floor((length - 11) / 3));
  return JSON.stringify({ note }).padEnd(length, " ");
}

test("a changed payload may be as long as is said, also when every character needs more room on its way", async () => {
  const me = { cookie: await cookieFor(await addUser("anna", ["admin"])) };
  const from = sha256(payload);
  const longest = jsonOf(MAX_EDIT);
  expect(longest).toHaveLength(MAX_EDIT);
  expect(await done(me, "deadletters.edit", { id, data: longest, from })).toMatchObject({
    once: { edit: sha256(longest) },
  });
  const refused = await submit(me, "deadletters.edit", { id, data: `${longest} `, from });
  expect(await problemCode(refused)).toBe("validation_failed");
});
