import { hash } from "node:crypto";
import { redactText } from "#lib/core/redact.ts";
import { MAX_TEMPLATE, normalise, type Normalised } from "#lib/core/normalise.ts";
import { CUT_FIELD, fieldsOf } from "../fields.ts";
import { type Fingerprint, fingerprintOf } from "../fingerprint/fingerprint.ts";
import type { Failure } from "./failure.ts";
import { type Trace, traceOf } from "./trace.ts";

/** A failure with everything that is worked out from it before it is stored. */
export interface Prepared {
  failure: Failure;
  group: Fingerprint;
  /** The job's name with ids inside it replaced, as facets have it. */
  facetName: string;
  name: string | null;
  /** Without personal data, shortened. */
  message: string;
  variables: string;
  trace: Trace;
  fields: bigint[];
  payloadHash: string | null;
  poison: boolean;
}

const MAX_ERROR = 4_000;
const MAX_MESSAGE = 500;
const MAX_VARIABLES = 2 * MAX_ERROR;
const MAX_NAME = 200;
const MAX_FIELDS_BYTES = 256 * 1024;
const MASK = "•••";

export function prepare(failure: Failure): Prepared {
  const stack = lastStack(failure.stacks);
  const told = failure.error ?? NO_ERROR[failure.state];
  const error = told.slice(0, MAX_ERROR);
  const shown = redactText(error);
  const { template, variables } = inFull(shown);
  const { data } = failure;
  return {
    failure,
    group: fingerprintOf(error, stack),
    facetName: storable(normalise(redactText((failure.name ?? "").slice(0, MAX_NAME))).template),
    name: failure.name === null ? null : storable(failure.name.slice(0, MAX_NAME)),
    message: storable(shown.slice(0, MAX_MESSAGE)),
    variables: storable(linesOf(variables)),
    trace: traceOf(stack, {
      long: template.length > MAX_TEMPLATE ? template : "",
      cut: Math.max(told.length, shown.length) > MAX_ERROR,
    }),
    fields: fieldsIn(failure),
    payloadHash: data && hash("sha256", data),
    poison: seemsToKill(failure),
  };
}

const NO_ERROR: Readonly<Record<Failure["state"], string>> = {
  dead: "(no error was stored)",
  lost: "(nothing is left of this job)",
  superseded: "(no error was stored)",
};

function fieldsIn({ data, dataBytes }: Failure): bigint[] {
  if (data) return fieldsOf(data.toString("utf8", 0, MAX_FIELDS_BYTES));
  // It was too large to be fetched.
  return dataBytes ? [CUT_FIELD] : [];
}

/** No placeholder is longer than three times what it stands for, so a short message is never cut. */
const inFull = (shown: string): Normalised =>
  normalise(shown, shown.length * 3 > MAX_TEMPLATE ? Number.POSITIVE_INFINITY : MAX_TEMPLATE);

/** Postgres holds any text but NUL and halves of characters. Cut a text before, not after. */
export const storable = (text: string): string => text.toWellFormed().replaceAll("\0", "\uFFFD");

/** Each value begins a line, so that a search can ask for beginnings. In lower case, as searches ask for them. */
function linesOf(variables: readonly string[]): string {
  return variables
    .filter((variable) => variable !== MASK)
    .map((variable) => `\n${variable.toLowerCase()}`)
    .join("")
    .slice(0, MAX_VARIABLES);
}

/**
 * A stall: the job may take its worker down with it. Starts that no attempt ended are no evidence: a job that was rate limited
 * or put off has them too.
 */
const seemsToKill = ({ stalls }: Failure): boolean => (stalls ?? 0) >= 1;

/** BullMQ keeps one stack per attempt, as a JSON array; a text in another form is taken as it is. */
function lastStack(stacks: string | null): string | null {
  if (!stacks) return null;
  try {
    const value: unknown = JSON.parse(stacks);
    const last: unknown = Array.isArray(value) ? value.at(-1) : value;
    return typeof last === "string" ? last : null;
  } catch {
    return stacks;
  }
}
