import { clsx } from "clsx";

/** A grey placeholder of the final size, so that nothing jumps when the data arrives. Give it height and width by class. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden="true" className={clsx("pulse rounded-sm bg-hover", className)} />;
}

/** Placeholder lines; `label` is what a screen reader hears once. */
export function SkeletonLines({
  lines = 4,
  label = "Loading",
}: {
  lines?: number;
  label?: string;
}) {
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-2.5 p-3">
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton
          key={line}
          className={clsx("h-3.5", ["w-full", "w-5/6", "w-2/3", "w-11/12"][line % 4])}
        />
      ))}
    </div>
  );
}
