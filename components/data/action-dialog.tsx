"use client";
import { useEffect, useRef, useState, type FormEvent, type ReactNode } from "react";
import { ActionProblem, ActionProgress, auditHref } from "#components/data/action-outcome.tsx";
import { StepUp } from "#components/data/step-up.tsx";
import { useAction, type ActionState } from "#components/data/use-action.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Textarea } from "#components/ui/input.tsx";
import { toast } from "#components/ui/toast.ts";
import type { Run, Submitted } from "#lib/actions/schema.ts";

export interface ActionDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The action's name, which is also its permission: `queues.retry`. */
  action: string;
  /** Imperative, on the confirm button: "Retry job". */
  label: string;
  /** The question on top; `label` when absent. */
  title?: string;
  /** What will happen, to how many things, and whether it can be undone. */
  about: ReactNode;
  /** The action's input, or a function of the form's fields (named controls in `children`). */
  input: unknown | ((fields: FormData) => unknown);
  /** Id or name of the source, for actions on a source. */
  source?: string;
  danger?: boolean;
  /** `lg` for a dialog with something to read in it. */
  width?: "md" | "lg";
  /** Extra form controls with `name`s. */
  children?: ReactNode;
  /** Shows the result; `once` holds what is shown a single time, such as a new token. */
  renderResult?: (result: Run["result"], once: Submitted["once"]) => ReactNode;
  /** The run is finished and the person has closed the dialog: clear a selection, leave a page whose thing is gone. */
  onDone?: (run: Run) => void;
}

const MIN_REASON = 3;

/** The dialog behind every action: consequence, reason, progress, result, audit link. Use `ConfirmAction` unless a menu opens it. */
export function ActionDialog(props: ActionDialogProps) {
  const { open, onOpenChange, label, onDone } = props;
  const visible = useRef(open);
  useEffect(() => {
    visible.current = open;
  }, [open]);
  const state = useAction((run) => {
    if (visible.current) return;
    announce(label, run);
    onDone?.(run);
  });
  const close = (next: boolean) => {
    onOpenChange(next);
    if (!next && state.phase === "done" && state.run) onDone?.(state.run);
  };
  // Opened again after it was finished: a new intention. While it runs, the same one is shown.
  const [wasOpen, setWasOpen] = useState(open);
  if (wasOpen !== open) {
    setWasOpen(open);
    if (open && (state.phase === "form" || state.phase === "done")) state.reset();
  }
  const asking = state.phase === "form" || state.phase === "sending";
  return (
    <Dialog
      open={open}
      onOpenChange={close}
      title={props.title ?? label}
      description={props.about}
      size={props.width}
    >
      {asking ? (
        <ActionForm {...props} state={state} />
      ) : (
        <ActionProgress
          state={state}
          label={label}
          renderResult={props.renderResult}
          onClose={() => close(false)}
        />
      )}
    </Dialog>
  );
}

function ActionForm({
  action,
  label,
  input,
  source,
  danger,
  children,
  onOpenChange,
  state,
}: ActionDialogProps & { state: ActionState }) {
  const [missing, setMissing] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const sending = state.phase === "sending";
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const reason = String(fields.get("reason") ?? "").trim();
    const short = reason.length < MIN_REASON && !state.locked;
    setMissing(short);
    if (short) return event.currentTarget.querySelector<HTMLElement>("[name=reason]")?.focus();
    state.send({
      action,
      reason,
      source,
      input: typeof input === "function" ? input(fields) : input,
    });
  };
  return (
    <form ref={form} onSubmit={submit} noValidate className="flex flex-col gap-3">
      <fieldset disabled={sending || state.locked} className="contents">
        {children}
        <Field
          label="Reason"
          required
          hint="Kept in the audit log."
          error={missing ? "Say why in a few words, so that others can follow later." : null}
        >
          {(control) => (
            <Textarea
              {...control}
              name="reason"
              rows={2}
              maxLength={500}
              data-autofocus=""
              onInput={() => setMissing(false)}
            />
          )}
        </Field>
      </fieldset>
      {state.problem?.code === "step_up_required" ? (
        <StepUp onProved={() => form.current?.requestSubmit()} />
      ) : state.problem ? (
        <ActionProblem problem={state.problem} locked={state.locked} />
      ) : null}
      <div className="flex justify-end gap-2 pt-1">
        <Button onClick={() => onOpenChange(false)}>Cancel</Button>
        <Button type="submit" variant={danger ? "danger" : "primary"} pending={sending}>
          {state.locked ? "Send the same request again" : label}
        </Button>
      </div>
    </form>
  );
}

function announce(label: string, run: Run) {
  const failed = run.state === "failed";
  toast({
    tone: failed ? "crit" : "ok",
    title: failed ? `${label}: failed` : `${label}: done`,
    detail: run.error?.title,
    link: { href: auditHref(run.id), label: "Audit log" },
  });
}
