"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import {
  isUncertain,
  newIdempotencyKey,
  runQuery,
  submitAction,
  type ActionRequest,
} from "#components/data/action-run.ts";
import { toProblem, type Problem } from "#components/data/problem.ts";
import { isFinished, type Run, type Submitted } from "#lib/actions/schema.ts";

export interface ActionState {
  /** `form` to fill in, `sending`, `following` until the outcome is known, `done`. */
  phase: "form" | "sending" | "following" | "done";
  run: Run | null;
  /** What is shown a single time, such as a new token. */
  once: Submitted["once"];
  problem: Problem | null;
  /** The last request may have arrived: fields are locked, and sending again repeats it exactly. */
  locked: boolean;
  send: (request: Omit<ActionRequest, "idempotencyKey">) => void;
  /** A new intention: new key, empty state. */
  reset: () => void;
}

interface Sent {
  sending: boolean;
  answer: Submitted | null;
  problem: Problem | null;
}
const NOTHING_SENT: Sent = { sending: false, answer: null, problem: null };

/**
 * Sends one action and follows its run until the outcome is known. One intention has one idempotency key: a retry after a lost
 * answer repeats the same request, while a request that was refused had no effect, so the corrected one is a new intention.
 */
export function useAction(onSettled: (run: Run) => void): ActionState {
  const [sent, setSent] = useState(NOTHING_SENT);
  const request = useRef<ActionRequest | null>(null);
  const inFlight = useRef(false);
  const id = sent.answer?.id ?? null;
  const following = useQuery({
    ...runQuery(id ?? ""),
    enabled: id !== null,
    initialData: sent.answer ?? undefined,
  });
  const run = id === null ? null : (following.data ?? sent.answer);
  useSettled(run, onSettled);
  const locked = sent.problem !== null && isUncertain(sent.problem);

  const send: ActionState["send"] = async (wanted) => {
    if (inFlight.current) return;
    inFlight.current = true;
    request.current =
      locked && request.current
        ? request.current
        : { ...wanted, idempotencyKey: newIdempotencyKey() };
    setSent({ ...NOTHING_SENT, sending: true });
    try {
      setSent({ ...NOTHING_SENT, answer: await submitAction(request.current) });
    } catch (error) {
      setSent({ ...NOTHING_SENT, problem: toProblem(error) });
    } finally {
      inFlight.current = false;
    }
  };
  const reset = () => {
    request.current = null;
    setSent(NOTHING_SENT);
  };
  const phase = sent.sending
    ? "sending"
    : run === null
      ? "form"
      : isFinished(run.state)
        ? "done"
        : "following";
  const problem = sent.problem ?? (following.error ? toProblem(following.error) : null);
  return { phase, run, once: sent.answer?.once, problem, locked, send, reset };
}

/** Calls back once per finished run, and brings what is on screen up to date. */
function useSettled(run: Run | null, onSettled: (run: Run) => void) {
  const client = useQueryClient();
  const handled = useRef<string | null>(null);
  useEffect(() => {
    if (!run || !isFinished(run.state) || handled.current === run.id) return;
    handled.current = run.id;
    void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "actions" });
    onSettled(run);
  });
}
