import Link from "next/link";
import type { ReactNode } from "react";

export interface Crumb {
  label: string;
  href: string;
}

interface PageHeaderProps {
  title: ReactNode;
  /** The way here, without the page itself: [{ label: "Queues", href: "/queues" }]. */
  crumbs?: readonly Crumb[];
  /** State beside the title: badges, a Status. */
  meta?: ReactNode;
  /** One line below: what this is. */
  about?: ReactNode;
  /** Buttons on the right. */
  actions?: ReactNode;
}

/** The head of every screen: breadcrumbs, the one h1, state, actions. */
export function PageHeader({ title, crumbs = [], meta, about, actions }: PageHeaderProps) {
  return (
    <header className="mb-3 flex flex-wrap items-end gap-x-4 gap-y-2">
      <div className="min-w-0 flex-1 basis-48">
        {crumbs.length > 0 ? (
          <nav aria-label="Breadcrumbs" className="mb-0.5">
            <ol className="flex flex-wrap items-center gap-1 text-xs text-muted">
              {crumbs.map((crumb, at) => (
                <li key={crumb.href} className="flex min-w-0 items-center gap-1">
                  {at > 0 ? <span aria-hidden="true">/</span> : null}
                  <Link
                    href={crumb.href}
                    className="max-w-64 truncate rounded-sm hover:text-ink hover:underline"
                  >
                    {crumb.label}
                  </Link>
                </li>
              ))}
            </ol>
          </nav>
        ) : null}
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="min-w-0 text-xl font-semibold tracking-tight wrap-anywhere">{title}</h1>
          {meta}
        </div>
        {about ? <p className="max-w-prose text-sm text-muted">{about}</p> : null}
      </div>
      {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
    </header>
  );
}
