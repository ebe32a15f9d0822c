"use client";
import { useState, type ReactNode } from "react";
import type { ButtonSize, ButtonVariant } from "#components/ui/button.tsx";
import { ReasonedButton } from "#components/ui/reasoned-button.tsx";
import { ActionDialog, type ActionDialogProps } from "#components/data/action-dialog.tsx";
import { useDenial } from "#components/data/actor.tsx";

export interface ConfirmActionProps extends Omit<ActionDialogProps, "open" | "onOpenChange"> {
  /** The button's words, imperative: "Retry job". Also the dialog's confirm button. */
  label: string;
  icon?: ReactNode;
  variant?: ButtonVariant;
  size?: ButtonSize;
  /** Why it cannot be done now, beyond permission: "The queue is read-only here." */
  disabledReason?: string | null;
  /** There is nothing to ask any more, as after a pause: the button goes, and an open dialog stays to its end. */
  hidden?: boolean;
}

/**
 * A button for an audited action. It asks before it acts: `about` says what will happen to how many things, a reason is required.
 * `<ConfirmAction action="queues.retry" label="Retry job" about="Job 42 goes back to waiting." input={{ queue, job }} source={id} />`
 */
export function ConfirmAction({
  icon,
  variant = "secondary",
  size = "sm",
  disabledReason,
  hidden = false,
  ...dialog
}: ConfirmActionProps) {
  const [open, setOpen] = useState(false);
  const denial = useDenial(dialog.action);
  return (
    <>
      {hidden ? null : (
        <ReasonedButton
          variant={variant}
          size={size}
          icon={icon}
          disabledReason={denial ?? disabledReason}
          aria-haspopup="dialog"
          onClick={() => setOpen(true)}
        >
          {dialog.label}
        </ReasonedButton>
      )}
      <ActionDialog {...dialog} open={open} onOpenChange={setOpen} />
    </>
  );
}
