import { redactText } from "#lib/core/redact.ts";

export interface Failure {
  attempt: number;
  message: string;
  frames: { text: string; inApp: boolean }[];
}

const MAX_FAILURES = 10;
const MAX_FRAMES = 60;
const MAX_MESSAGE = 4_000;
const MAX_FRAME = 1_000;
const FRAME = /^\s*at /;
const LIBRARY = /node_modules|node:|\(internal\/|<anonymous>/;

/** Whether a line of a stack is a frame of the application's own code. */
export const isInAppFrame = (line: string): boolean => FRAME.test(line) && !LIBRARY.test(line);

/**
 * The failures BullMQ kept of a job, newest first: it stores one stack per failed attempt, as a JSON array of texts. A text in
 * another form becomes one failure without frames.
 */
export function readFailures(raw: string | null, attemptsMade: number, reveal: boolean): Failure[] {
  const stacks = parseStacks(raw);
  // The array may be cut to the newest ones; the last entry is the last attempt.
  const first = Math.max(attemptsMade, stacks.length) - stacks.length;
  return stacks
    .map((stack, at) => toFailure(stack, first + at + 1, reveal))
    .toReversed()
    .slice(0, MAX_FAILURES);
}

function parseStacks(raw: string | null): string[] {
  if (!raw) return [];
  try {
    const value: unknown = JSON.parse(raw);
    if (Array.isArray(value)) return value.filter((item) => typeof item === "string");
  } catch {
    // Not BullMQ's form: shown as it is.
  }
  return [raw];
}

function toFailure(stack: string, attempt: number, reveal: boolean): Failure {
  const show = reveal ? (text: string): string => text : redactText;
  const lines = stack.split("\n");
  const start = lines.findIndex((line) => FRAME.test(line));
  const head = start < 0 ? lines : lines.slice(0, start);
  const frames = start < 0 ? [] : lines.slice(start, start + MAX_FRAMES);
  return {
    attempt,
    // Masking takes time with the length; what a cut in two would show of a number is cut off after it.
    message: show(head.join("\n").slice(0, 2 * MAX_MESSAGE)).slice(0, MAX_MESSAGE),
    frames: frames.map((line) => ({
      text: show(line.trim().slice(0, 2 * MAX_FRAME)).slice(0, MAX_FRAME),
      inApp: isInAppFrame(line),
    })),
  };
}
