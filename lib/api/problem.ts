import { z } from "zod";

/** An error on the wire (RFC 9457), `application/problem+json`. Clients branch on `code`. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string().meta({ description: "What happened, to what" }),
  status: z.int(),
  code: z.string().meta({ description: "Stable: clients may branch on it" }),
  detail: z.string().optional(),
  remedy: z.string().optional().meta({ description: "What to do next" }),
  fields: z
    .record(z.string(), z.string())
    .optional()
    .meta({ description: "Path in the input to message" }),
  requestId: z.string().optional(),
  retryAfterSeconds: z.number().optional(),
});

export type Problem = z.infer<typeof problemSchema>;

/** What a browser or a script gets when the API refuses. Test it by `code`. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.name = "ProblemError";
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }

  get title(): string {
    return this.problem.title;
  }

  get detail(): string | undefined {
    return this.problem.detail;
  }

  get remedy(): string | undefined {
    return this.problem.remedy;
  }
}

/** The problem inside anything thrown by `getJson` and `sendJson`; null for other errors. */
export function problemOf(error: unknown): Problem | null {
  return error instanceof Error && "problem" in error ? (error.problem as Problem) : null;
}
