/** The mark: a plumb line, a bob that hangs true. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" className={className ?? "size-5 shrink-0"}>
      <path d="M5 3.25h14" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
      <path d="M12 3.5v9" stroke="currentColor" strokeWidth="1.75" />
      <path d="M12 11.5l4 3.6-4 6.4-4-6.4z" className="fill-accent" />
    </svg>
  );
}
