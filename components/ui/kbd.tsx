import { clsx } from "clsx";

/** Keys to press: `<Kbd keys="g q" />` shows two key caps. */
export function Kbd({ keys, className }: { keys: string; className?: string }) {
  return (
    <kbd className={clsx("inline-flex gap-0.5 font-sans", className)}>
      {keys.split(" ").map((key, at) => (
        <span
          key={`${at}${key}`}
          className="inline-flex h-4.5 min-w-4.5 items-center justify-center rounded-sm border border-line bg-sunken px-1 text-2xs leading-none text-muted"
        >
          {key}
        </span>
      ))}
    </kbd>
  );
}
