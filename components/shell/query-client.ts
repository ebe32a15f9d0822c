import { QueryClient } from "@tanstack/react-query";
import { toProblem } from "#components/data/problem.ts";

const FRESH_MS = 5_000;
const MAX_RETRIES = 2;

/** One per browser tab, one per request on the server. Refusals (4xx) are answers and are not asked again. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        retry: (failures, error) => {
          const { status } = toProblem(error);
          return failures < MAX_RETRIES && (status === 0 || status >= 500);
        },
      },
    },
  });
}
