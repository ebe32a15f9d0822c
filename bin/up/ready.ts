import { AppError, messageOf } from "#lib/core/errors.ts";
import { sleep } from "#lib/core/time.ts";

const TIMEOUT_MS = 120_000;

/** Waits until the web says that it can serve. `gaveUp` ends the wait early with a reason. */
export async function untilReady(url: string, ended: () => string | null): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    const obstacle = await ask(`${url}/api/v1/ready`);
    if (obstacle === null) return;
    const reason = ended() ?? (Date.now() > deadline ? obstacle : null);
    if (reason) throw new AppError("unavailable", `The console did not become ready: ${reason}`);
    await sleep(200);
  }
}

/** Null when the answer is yes, else what stands in the way. */
async function ask(url: string): Promise<string | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(3_000) });
    return answer.ok
      ? null
      : `${url} answers ${answer.status}: ${(await answer.text()).slice(0, 300)}`;
  } catch (error) {
    return messageOf(error);
  }
}
