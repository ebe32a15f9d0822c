"use client";
import { useRef, useState, type FormEvent, type ReactNode } from "react";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import { Textarea } from "#components/ui/input.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { ActionOutcome } from "#components/data/action-client.ts";
import { ActionProblem, ActionProgress, auditHref } from "#components/data/action-outcome.tsx";
import { useAction } from "#components/data/use-action.ts";

export interface ActionDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The action's name, which is also its permission: `queues.retry`. */
  action: string;
  label: string;
  /** The question on top; `label` when absent. */
  title?: string;
  /** What will happen, to how many things, and whether it can be undone. */
  about: ReactNode;
  /** The action's input, or a function of the form's fields (named controls in `children`). */
  input: unknown | ((fields: FormData) => unknown);
  sourceId?: string;
  danger?: boolean;
  /** Extra form controls with `name`s. */
  children?: ReactNode;
  /** Shows the action's result; the default says only that it is done. */
  renderResult?: (result: unknown) => ReactNode;
  onDone?: (outcome: ActionOutcome) => void;
}

/** The dialog behind every action: consequence, reason, progress, result, audit link. Use `ConfirmAction` unless a menu opens it. */
export function ActionDialog(props: ActionDialogProps) {
  const { open, onOpenChange, label, onDone } = props;
  // What was opened: a dialog that closes and opens again is a new intention with a new form.
  const visible = useRef(open);
  visible.current = open;
  const run = useAction((outcome) => {
    onDone?.(outcome);
    if (!visible.current) announce(label, outcome);
  });
  const [opened, setOpened] = useState(open);
  if (opened !== open) {
    setOpened(open);
    if (open && (run.phase === "done" || run.phase === "form")) run.reset();
  }
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={props.title ?? label}
      description={props.about}
    >
      {run.phase === "pending" || run.phase === "done" ? (
        <ActionProgress
          run={run}
          label={label}
          renderResult={props.renderResult}
          onClose={() => onOpenChange(false)}
        />
      ) : (
        <ActionForm {...props} run={run} />
      )}
    </Dialog>
  );
}

function ActionForm({
  action,
  label,
  input,
  sourceId,
  danger,
  children,
  onOpenChange,
  run,
}: ActionDialogProps & { run: ReturnType<typeof useAction> }) {
  const [missing, setMissing] = useState(false);
  const sending = run.phase === "sending";
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const reason = String(fields.get("reason") ?? "").trim();
    setMissing(reason === "");
    if (reason === "") return event.currentTarget.querySelector("textarea")?.focus();
    run.send({
      action,
      reason,
      sourceId,
      input: typeof input === "function" ? input(fields) : input,
    });
  };
  return (
    <form onSubmit={submit} noValidate className="flex flex-col gap-3">
      <fieldset disabled={sending || run.locked} className="contents">
        {children}
        <Field
          label="Reason"
          required
          hint="Kept in the audit trail."
          error={missing ? "Say why, so that others can follow later." : null}
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
      {run.problem ? <ActionProblem problem={run.problem} locked={run.locked} /> : null}
      <div className="flex justify-end gap-2 pt-1">
        <Button onClick={() => onOpenChange(false)}>Cancel</Button>
        <Button type="submit" variant={danger ? "danger" : "primary"} pending={sending}>
          {run.locked ? "Send the same request again" : label}
        </Button>
      </div>
    </form>
  );
}

function announce(label: string, outcome: ActionOutcome) {
  const failed = outcome.state === "failed";
  toast({
    tone: failed ? "crit" : "ok",
    title: failed ? `${label} failed` : `${label}: done`,
    detail: failed ? outcome.error?.title : undefined,
    link:
      outcome.auditSeq === null
        ? undefined
        : { href: auditHref(outcome.auditSeq), label: "Audit event" },
  });
}
