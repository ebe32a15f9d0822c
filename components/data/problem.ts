/** An `application/problem+json` answer of our API. Tell problems apart by `code`. */
export interface Problem {
  status: number;
  code: string;
  title: string;
  detail?: string;
  /** What the person can do next. */
  remedy?: string;
  retryAfterSeconds?: number;
}

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value ? value : undefined;

/** Turns whatever came back, or was thrown, into a Problem that can be shown. */
export function toProblem(value: unknown): Problem {
  if (typeof value === "object" && value !== null) {
    const fields = value as Record<string, unknown>;
    const code = text(fields["code"]);
    const title = text(fields["title"]) ?? text(fields["message"]);
    if (code && title) {
      const retryAfter = fields["retryAfterSeconds"];
      return {
        status: typeof fields["status"] === "number" ? fields["status"] : 0,
        code,
        title,
        detail: text(fields["detail"]),
        remedy: text(fields["remedy"]),
        retryAfterSeconds: typeof retryAfter === "number" ? retryAfter : undefined,
      };
    }
    if (fields["name"] === "TypeError" || fields["name"] === "TimeoutError") {
      return {
        status: 0,
        code: "network",
        title: "Plumbline did not answer",
        detail: "The console could not reach its server.",
        remedy: "Check the connection, then try again.",
      };
    }
  }
  return {
    status: 0,
    code: "unexpected",
    title: "Something went wrong",
    remedy: "Try again. If it stays, look at the web process's log.",
  };
}

/** Reads the problem out of a failed Response; also when a proxy in between answered with something else. */
export async function readProblem(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null);
  const problem = toProblem(body);
  const retryAfter = Number(response.headers.get("retry-after"));
  return {
    ...(problem.code === "unexpected"
      ? {
          ...problem,
          code: `http_${response.status}`,
          title: `The server answered ${response.status}`,
        }
      : problem),
    status: response.status,
    retryAfterSeconds: retryAfter > 0 ? retryAfter : problem.retryAfterSeconds,
  };
}
