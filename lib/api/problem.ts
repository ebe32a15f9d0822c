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
