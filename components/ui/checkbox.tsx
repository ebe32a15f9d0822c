"use client";
import { clsx } from "clsx";
import { useEffect, useRef, type ComponentProps, type ReactNode } from "react";

interface CheckboxProps extends Omit<ComponentProps<"input">, "type"> {
  label?: ReactNode;
  indeterminate?: boolean;
}

/** A checkbox with its label; without `label` give `aria-label`. */
export function Checkbox({ label, indeterminate = false, className, ...rest }: CheckboxProps) {
  const ref = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (ref.current) ref.current.indeterminate = indeterminate;
  }, [indeterminate]);
  const box = (
    <input
      {...rest}
      ref={ref}
      type="checkbox"
      className={clsx("block size-4 shrink-0 accent-accent-fill", !label && className)}
    />
  );
  if (!label) return box;
  return (
    <label className={clsx("inline-flex min-h-6 items-center gap-2 text-sm", className)}>
      {box}
      <span>{label}</span>
    </label>
  );
}
