import { clsx } from "clsx";
import { CopyButton } from "#components/ui/copy-button.tsx";

/** Text to read and copy: SQL, a stack, a command. Wraps; scrolls beyond `maxHeight`. */
export function CodeBlock({
  text,
  label,
  wrap = true,
  className,
}: {
  text: string;
  label: string;
  wrap?: boolean;
  className?: string;
}) {
  return (
    <div
      className={clsx("group relative min-w-0 rounded-md border border-line bg-sunken", className)}
    >
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrollable region must be reachable by keyboard */}
      <pre
        tabIndex={0}
        role="region"
        aria-label={label}
        className={clsx(
          "max-h-96 scroll-thin overflow-auto rounded-md p-2.5 pr-10 font-mono text-xs",
          wrap && "wrap-anywhere whitespace-pre-wrap",
        )}
      >
        <code>{text}</code>
      </pre>
      <CopyButton
        text={text}
        label={`Copy ${label.toLowerCase()}`}
        className="absolute top-1 right-1 bg-sunken"
      />
    </div>
  );
}
