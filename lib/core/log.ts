import pino from "pino";
import { messageOf } from "./errors.ts";
import { redactText } from "./redact.ts";

/** Names under which a secret could be logged by mistake, at the top of an entry or one level down. */
const SECRET_KEYS = [
  "password",
  "secret",
  "token",
  "authorization",
  "cookie",
  "url",
  "totp",
  "payload",
  "input",
  "data",
];

/**
 * The process's log: one JSON line per event, level from LOG_LEVEL.
 * Errors are reduced to kind, code, message and stack: drivers hang statements, payloads and addresses on them.
 */
export const log = pino({
  level: process.env["LOG_LEVEL"] || "info",
  base: { pid: process.pid },
  redact: { paths: SECRET_KEYS.flatMap((key) => [key, `*.${key}`]), censor: "[redacted]" },
  serializers: { err: describeError },
});

/** What may be logged of anything thrown. */
export function describeError(error: unknown): Record<string, unknown> {
  const { name, code, stack } = (error ?? {}) as {
    name?: unknown;
    code?: unknown;
    stack?: unknown;
  };
  const frames =
    typeof stack === "string"
      ? stack
          .split("\n")
          .filter((line) => line.startsWith("    at "))
          .slice(0, 8)
      : [];
  return {
    ...(typeof name === "string" && { type: name }),
    ...((typeof code === "string" || typeof code === "number") && { code }),
    message: redactText(messageOf(error)),
    ...(frames.length > 0 && { stack: frames.join("\n") }),
  };
}
