import Link from "next/link";
import { Logo } from "#components/shell/logo.tsx";

/** Mark and name, leading home. */
export function Brand() {
  return (
    <Link
      href="/"
      aria-label="Plumbline, overview"
      className="flex min-w-0 items-center gap-2 rounded-sm px-1 text-base font-semibold tracking-tight"
    >
      <Logo />
      <span data-nav-label="">Plumbline</span>
    </Link>
  );
}
