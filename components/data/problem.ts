/** An `application/problem+json` answer of our API, as screens show it. Tell problems apart by `code`. */
export interface Problem {
  /** 0 when there was no answer. */
  status: number;
  code: string;
  title: string;
  detail?: string | undefined;
  /** What the person can do next. */
  remedy?: string | undefined;
  /** Path in the input to message. */
  fields?: Record<string, string> | undefined;
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value ? value : undefined;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

/** Turns anything thrown into a Problem that can be shown: a ProblemError, a problem itself, a failed fetch, or something unforeseen. */
export function toProblem(thrown: unknown): Problem {
  const found = isObject(thrown) && isObject(thrown["problem"]) ? thrown["problem"] : thrown;
  if (!isObject(found)) return UNEXPECTED;
  const code = text(found["code"]);
  const title = text(found["title"]);
  if (!code || !title) return UNEXPECTED;
  return {
    status: typeof found["status"] === "number" ? found["status"] : 0,
    code,
    title,
    detail: text(found["detail"]),
    remedy: text(found["remedy"]),
    fields: isObject(found["fields"]) ? (found["fields"] as Record<string, string>) : undefined,
  };
}

const UNEXPECTED: Problem = {
  status: 0,
  code: "unexpected",
  title: "Something went wrong in this page",
  detail: "The answer could not be read or shown.",
  remedy: "Try again. If it stays, reload the page: it may be older than the server.",
};
