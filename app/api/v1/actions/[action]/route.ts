import {
  actionParams,
  answerSubmission,
  MAX_SUBMISSION_BYTES,
  runParams,
} from "#lib/api/actions.ts";
import { submissionSchema, submittedSchema, runSchema } from "#lib/actions/schema.ts";
import { readRun } from "#lib/actions/runs.ts";
import { route } from "#lib/api/route.ts";

export const POST = route({
  path: "/api/v1/actions/{action}",
  summary: "Do something: `action` is its name. Needs an Idempotency-Key header",
  // The action's own permission is checked, and its refusal recorded, by the engine.
  permission: "signed-in",
  params: actionParams,
  body: submissionSchema,
  maxBodyBytes: MAX_SUBMISSION_BYTES,
  response: submittedSchema,
  handler: answerSubmission,
});

export const GET = route({
  path: "/api/v1/actions/{action}",
  summary: "What became of a run: `action` is its id. Only one's own runs, or all with audit.read",
  permission: "signed-in",
  params: runParams,
  response: runSchema,
  handler: ({ actor, params }) => readRun(actor, params.action),
});
