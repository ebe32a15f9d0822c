"use client";
import { useEffect, useState } from "react";
import { toProblem } from "#components/data/problem.ts";
import { secondsToWait, signInWithPassword, startOidc } from "#lib/auth/client.ts";

export interface SignInState {
  pending: boolean;
  /** The password was right and a one-time code is set up. */
  needsCode: boolean;
  error: unknown;
  /** Seconds until the next attempt is allowed; 0 when it is. */
  wait: number;
  withPassword: (credentials: { login: string; password: string; totp?: string }) => Promise<void>;
  withProvider: () => Promise<void>;
}

/** Signs in and then leaves for `next` with a full load, so that nothing of a former session stays in memory. */
export function useSignIn(next: string, again: boolean): SignInState {
  const [pending, setPending] = useState(false);
  const [needsCode, setNeedsCode] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { wait, setWait } = useCountdown();

  const attempt = async (work: () => Promise<string>): Promise<void> => {
    setPending(true);
    setError(null);
    try {
      location.assign(await work());
    } catch (thrown) {
      if (toProblem(thrown).code === "totp_required") setNeedsCode(true);
      else setError(thrown);
      setWait(secondsToWait(thrown));
      setPending(false);
    }
  };
  return {
    pending,
    needsCode,
    error,
    wait,
    withPassword: (credentials) => attempt(() => signInWithPassword(credentials).then(() => next)),
    withProvider: () => attempt(() => startOidc(next, again)),
  };
}

function useCountdown() {
  const [wait, setWait] = useState(0);
  useEffect(() => {
    if (wait === 0) return;
    const timer = setTimeout(() => setWait(wait - 1), 1_000);
    return () => clearTimeout(timer);
  }, [wait]);
  return { wait, setWait };
}
