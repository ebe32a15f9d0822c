import { clsx } from "clsx";
import type { ComponentProps, MouseEvent, ReactNode } from "react";
import { Spinner } from "#components/ui/spinner.tsx";

export type ButtonVariant = "primary" | "secondary" | "ghost" | "danger";
export type ButtonSize = "sm" | "md" | "icon" | "icon-sm";

const variants: Record<ButtonVariant, string> = {
  primary: "bg-accent-fill text-on-fill hover:bg-accent-hover border-transparent",
  secondary: "bg-raised text-ink border-line-strong hover:bg-hover",
  ghost: "border-transparent text-muted hover:bg-hover hover:text-ink",
  danger: "bg-crit-fill text-on-fill hover:bg-crit-hover border-transparent",
};

const sizes: Record<ButtonSize, string> = {
  sm: "h-7 px-2.5 gap-1.5 text-xs",
  md: "h-8 px-3 gap-1.5 text-sm",
  icon: "size-8 justify-center",
  "icon-sm": "size-7 justify-center",
};

/** Class names of a button, for links and triggers that must look like one. */
export function buttonClass(
  variant: ButtonVariant = "secondary",
  size: ButtonSize = "md",
  className?: string,
): string {
  return clsx(
    "inline-flex shrink-0 items-center rounded-md border font-medium whitespace-nowrap select-none transition-colors duration-75",
    "disabled:opacity-50 disabled:pointer-events-none aria-disabled:cursor-not-allowed aria-disabled:opacity-55",
    variants[variant],
    sizes[size],
    className,
  );
}

const ignore = (event: MouseEvent) => event.preventDefault();

interface ButtonProps extends Omit<ComponentProps<"button">, "children"> {
  variant?: ButtonVariant;
  size?: ButtonSize;
  /** Shows a spinner and ignores clicks; the label stays readable. */
  pending?: boolean;
  icon?: ReactNode;
  children?: ReactNode;
}

/** A button. Icon-only buttons (`size="icon"`) need an `aria-label`. To say why it is disabled use `ReasonedButton`. */
export function Button({
  variant,
  size,
  pending,
  icon,
  children,
  className,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      aria-busy={pending || undefined}
      aria-disabled={pending || rest["aria-disabled"]}
      onClick={pending ? ignore : onClick}
      className={buttonClass(variant, size, className)}
    >
      {pending ? <Spinner /> : icon}
      {children}
    </button>
  );
}
