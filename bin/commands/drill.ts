import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { AppError } from "#lib/core/errors.ts";
import { tryParseDuration } from "#lib/core/time.ts";
import { defineCommand, usageError } from "../command.ts";
import { stateHome } from "../environment.ts";

/** What the sandbox's control server says about a drill. */
const drillSchema = z.object({
  name: z.string(),
  title: z.string(),
  look: z.string(),
  lastsMs: z.number(),
  running: z.object({ startedAt: z.string(), endsAt: z.string() }).nullable(),
});
type Drill = z.infer<typeof drillSchema>;

const answerSchema = z.union([
  z.object({ drills: z.array(drillSchema) }),
  drillSchema.transform((drill) => ({ drills: [drill] })),
]);

export const command = defineCommand({
  summary: "Rehearse a fault in the sandbox: it says what to look at, and ends by itself",
  usage: ["list [--json]", "start <name> [--for 5m] [--json]", "stop <name> [--json]"],
  options: { for: { type: "string" } },
  async run({ values, positionals, answer }) {
    const [verb, name] = positionals;
    if (verb === "list") {
      const drills = await ask("GET", "/drills");
      answer(drills, drills.map(showLine).join("\n"));
      return 0;
    }
    if (verb !== "start" && verb !== "stop") throw usageError("Say list, start or stop.");
    if (!name) throw usageError(`Say which drill to ${verb}.`);
    const forMs = values.for === undefined ? undefined : duration(values.for);
    const path = `/drills/${encodeURIComponent(name)}/${verb}`;
    const [drill] = await ask("POST", path, verb === "start" ? { forMs } : {});
    answer(drill, drill ? show(drill) : "");
    return 0;
  },
});

function duration(text: string): number {
  const ms = tryParseDuration(text);
  if (ms === null) throw usageError(`--for takes a duration such as 30s or 5m, not "${text}".`);
  return ms;
}

/** Throws with the sandbox's own words when it refuses. */
async function ask(method: "GET" | "POST", path: string, body?: object): Promise<Drill[]> {
  const { url, token } = control();
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(method === "POST" && { body: JSON.stringify(body) }),
  }).catch(() => notRunning());
  const answer: unknown = await response.json();
  if (response.ok) return answerSchema.parse(answer).drills;
  const refusal = z.object({ error: z.object({ message: z.string() }) }).safeParse(answer);
  const message = refusal.data?.error.message ?? `The sandbox answered ${response.status}.`;
  throw new AppError(response.status < 500 ? "bad_request" : "unavailable", message);
}

function control(): { url: string; token: string } {
  try {
    const text = readFileSync(join(stateHome(), "sandbox", "control.json"), "utf8");
    return z.object({ url: z.url(), token: z.string() }).parse(JSON.parse(text));
  } catch {
    return notRunning();
  }
}

function notRunning(): never {
  throw new AppError("unavailable", `No sandbox is running in ${stateHome()}`, {
    remedy:
      "Start Plumbline with npm start and without PLUMBLINE_SANDBOX=0, and wait until the sandbox is ready.",
  });
}

const showLine = ({ name, title, running }: Drill): string =>
  `${name.padEnd(20)}  ${title}${running ? ` (running until ${clock(running.endsAt)})` : ""}`;

function show(drill: Drill): string {
  if (!drill.running) return `${drill.name} is over; everything is as before.`;
  return `${drill.name} runs until ${clock(drill.running.endsAt)}: ${drill.title}.\nLook at ${drill.look}`;
}

const clock = (iso: string): string => new Date(iso).toLocaleTimeString("en-GB");
