"use client";
import type { ComponentProps } from "react";
import { Button } from "#components/ui/button.tsx";
import { Tooltip } from "#components/ui/tooltip.tsx";

/** A button that can be unavailable and then says why: it stays focusable, explains itself on hover, focus and to screen readers. */
export function ReasonedButton({
  disabledReason,
  onClick,
  ...rest
}: ComponentProps<typeof Button> & { disabledReason?: string | null }) {
  if (!disabledReason) return <Button {...rest} onClick={onClick} />;
  return (
    <Tooltip content={disabledReason}>
      <Button {...rest} type="button" aria-disabled="true" aria-description={disabledReason} />
    </Tooltip>
  );
}
