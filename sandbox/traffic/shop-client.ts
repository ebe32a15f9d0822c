import { sleep } from "#lib/core/time.ts";

const TIMEOUT_MS = 8_000;
const TRIES = 3;

export interface Answer {
  status: number;
  /** Whether it was answered from an earlier request with the same key. */
  replayed: boolean;
  body: unknown;
}

export interface ShopClient {
  /** Throws when there is no answer. */
  get<T>(merchantId: number, path: string): Promise<T>;
  /** One try. */
  post(merchantId: number, path: string, body: object, key?: string): Promise<Answer>;
  /** As a sensible client does it: again, with the same key, while the answer is missing or 5xx or "still running". */
  postWithRetries(merchantId: number, path: string, body: object, key?: string): Promise<Answer>;
}

/** How the shops' software talks to Harbour Pay. */
export function createShopClient(apiUrl: string): ShopClient {
  async function send(
    merchantId: number,
    path: string,
    init: RequestInit & { headers?: Record<string, string> },
  ): Promise<Answer> {
    const response = await fetch(`${apiUrl}${path}`, {
      ...init,
      headers: { ...init.headers, "merchant-id": String(merchantId) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return {
      status: response.status,
      replayed: response.headers.has("idempotent-replayed"),
      body: await response.json(),
    };
  }

  const client: ShopClient = {
    async get<T>(merchantId: number, path: string): Promise<T> {
      const { status, body } = await send(merchantId, path, {});
      if (status !== 200) throw new Error(`${path} answered ${status}`);
      return body as T;
    },
    post: (merchantId, path, body, key) =>
      send(merchantId, path, {
        method: "POST",
        body: JSON.stringify(body),
        headers: key ? { "idempotency-key": key } : {},
      }),
    async postWithRetries(merchantId, path, body, key) {
      for (let left = TRIES - 1; ; left -= 1) {
        const answer = await client.post(merchantId, path, body, key).catch(() => null);
        const again =
          answer === null || answer.status >= 500 || (answer.status === 409 && key !== undefined);
        if (answer && !again) return answer;
        if (left === 0) throw new Error(`${path} gave no answer in ${TRIES} tries`);
        await sleep(1_000 * 2 ** (TRIES - left) * Math.random());
      }
    },
  };
  return client;
}
