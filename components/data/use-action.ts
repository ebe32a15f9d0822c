"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import {
  isPending,
  isUncertain,
  newIdempotencyKey,
  readAction,
  submitAction,
  type ActionOutcome,
  type ActionRequest,
} from "#components/data/action-client.ts";
import type { Problem } from "#components/data/problem.ts";

const FIRST_POLL_MS = 400;
const LAST_POLL_MS = 5_000;

export type ActionPhase = "form" | "sending" | "pending" | "done";

export interface ActionRun {
  phase: ActionPhase;
  outcome: ActionOutcome | null;
  problem: Problem | null;
  /** True when the last request may have had an effect: fields are locked, and sending again repeats it exactly. */
  locked: boolean;
  send: (request: Omit<ActionRequest, "idempotencyKey">) => void;
  /** A new intention: new key, empty state. */
  reset: () => void;
}

const fresh = {
  phase: "form" as ActionPhase,
  outcome: null as ActionOutcome | null,
  problem: null as Problem | null,
  locked: false,
};

/**
 * Sends one action and follows it until its outcome is known. One intention has one idempotency key: a retry after a lost answer
 * repeats the same request, while a request that was refused outright had no effect, so the corrected one is a new intention.
 */
export function useAction(onSettled: (outcome: ActionOutcome) => void): ActionRun {
  const [state, setState] = useState(fresh);
  const request = useRef<ActionRequest | null>(null);
  const inFlight = useRef(false);
  const queries = useQueryClient();
  const settled = useRef(onSettled);
  useEffect(() => {
    settled.current = onSettled;
  });

  const accept = (outcome: ActionOutcome) => {
    const pending = isPending(outcome.state);
    setState({ phase: pending ? "pending" : "done", outcome, problem: null, locked: false });
    if (pending) return;
    void queries.invalidateQueries();
    settled.current(outcome);
  };
  usePolling(state.outcome, accept, (problem) => setState((now) => ({ ...now, problem })));

  const send: ActionRun["send"] = async (wanted) => {
    if (inFlight.current) return;
    inFlight.current = true;
    const body =
      state.locked && request.current
        ? request.current
        : { ...wanted, idempotencyKey: newIdempotencyKey() };
    request.current = body;
    setState({ ...fresh, phase: "sending" });
    const answer = await submitAction(body);
    inFlight.current = false;
    if (answer.ok) return accept(answer.outcome);
    setState({
      phase: "form",
      outcome: null,
      problem: answer.problem,
      locked: isUncertain(answer.problem),
    });
  };
  const reset = () => {
    request.current = null;
    setState(fresh);
  };
  return { ...state, send, reset };
}

/** Asks for the outcome again, ever more slowly, until it is final; a failed question is only shown, never taken as an answer. */
function usePolling(
  outcome: ActionOutcome | null,
  onAnswer: (outcome: ActionOutcome) => void,
  onProblem: (problem: Problem) => void,
) {
  const handlers = useRef({ onAnswer, onProblem });
  useEffect(() => {
    handlers.current = { onAnswer, onProblem };
  });
  const id = outcome && isPending(outcome.state) ? outcome.id : null;
  useEffect(() => {
    if (id === null) return;
    let timer: ReturnType<typeof setTimeout>;
    let stopped = false;
    const poll = async (delay: number) => {
      const answer = await readAction(id);
      if (stopped) return;
      if (answer.ok) handlers.current.onAnswer(answer.outcome);
      else handlers.current.onProblem(answer.problem);
      timer = setTimeout(poll, delay, Math.min(delay * 1.5, LAST_POLL_MS));
    };
    timer = setTimeout(poll, FIRST_POLL_MS, FIRST_POLL_MS);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [id]);
}
