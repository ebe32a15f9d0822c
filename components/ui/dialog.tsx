"use client";
import { clsx } from "clsx";
import { X } from "lucide-react";
import { useEffect, useId, useRef, type ReactNode } from "react";
import { Button } from "#components/ui/button.tsx";

type Placement = "center" | "top" | "left" | "right";

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  /** Hides the title from sight, not from screen readers. */
  hideTitle?: boolean;
  description?: ReactNode;
  /** `center` a dialog, `top` a palette, `left`/`right` a sheet. */
  placement?: Placement;
  size?: "sm" | "md" | "lg";
  /** False while work runs that must not be lost by a stray Escape. */
  dismissible?: boolean;
  footer?: ReactNode;
  children?: ReactNode;
}

const placements: Record<Placement, string> = {
  center:
    "m-auto max-h-[calc(100dvh-2rem)] rounded-lg max-sm:mb-0 max-sm:w-full max-sm:max-w-full max-sm:rounded-b-none",
  top: "mx-auto mt-[12vh] mb-auto max-h-[76vh] rounded-lg",
  left: "my-0 mr-auto ml-0 h-dvh max-h-dvh rounded-r-lg",
  right: "my-0 mr-0 ml-auto h-dvh max-h-dvh rounded-l-lg",
};
const widths = { sm: "w-full max-w-sm", md: "w-full max-w-lg", lg: "w-full max-w-3xl" };

/**
 * A modal dialog on the browser's own <dialog>: the page behind is inert, focus stays inside and returns to the opener.
 * The first control gets focus, or the element with `data-autofocus`.
 */
export function Dialog(props: DialogProps) {
  const { open, onOpenChange, dismissible = true, placement = "center", size = "md" } = props;
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog || dialog.open === open) return;
    if (!open) return dialog.close();
    dialog.showModal();
    dialog.querySelector<HTMLElement>("[data-autofocus]")?.focus();
  }, [open]);
  const leave = () => dismissible && onOpenChange(false);
  return (
    <dialog
      ref={ref}
      data-side={placement}
      aria-labelledby={`${id}-title`}
      aria-describedby={props.description ? `${id}-about` : undefined}
      onCancel={(event) => {
        if (event.target !== event.currentTarget) return;
        event.preventDefault();
        leave();
      }}
      onClose={() => open && onOpenChange(false)}
      onPointerDown={(event) => event.target === event.currentTarget && leave()}
      className={clsx(
        "border border-line bg-raised p-0 shadow-float",
        placements[placement],
        widths[size],
      )}
    >
      {open ? <DialogBody {...props} id={id} leave={leave} dismissible={dismissible} /> : null}
    </dialog>
  );
}

function DialogBody({
  id,
  title,
  hideTitle,
  description,
  footer,
  children,
  leave,
  dismissible,
}: DialogProps & { id: string; leave: () => void }) {
  return (
    <div className="flex max-h-[inherit] flex-col">
      <header className={clsx(hideTitle ? "sr-only" : "px-4 pt-3.5 pr-12 pb-2")}>
        <h2 id={`${id}-title`} className="text-base font-semibold">
          {title}
        </h2>
        {description ? (
          <div id={`${id}-about`} className="mt-0.5 text-sm text-muted">
            {description}
          </div>
        ) : null}
      </header>
      <div
        className={clsx("min-h-0 flex-1 scroll-thin overflow-y-auto", !hideTitle && "px-4 pb-4")}
      >
        {children}
      </div>
      {footer ? (
        <footer className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-4 py-3">
          {footer}
        </footer>
      ) : null}
      {hideTitle ? null : (
        <Button
          variant="ghost"
          size="icon-sm"
          aria-label="Close"
          aria-disabled={!dismissible || undefined}
          onClick={leave}
          className="absolute top-2.5 right-2.5"
          icon={<X className="size-4" />}
        />
      )}
    </div>
  );
}
