import {
  Activity,
  Archive,
  Database,
  Fingerprint,
  GitCompareArrows,
  House,
  Inbox,
  ListTree,
  Rows3,
  Scale,
  ScrollText,
  Settings,
  ShieldAlert,
  Zap,
  type LucideIcon,
} from "lucide-react";

const icons: Record<string, LucideIcon> = {
  overview: House,
  now: House,
  queries: Database,
  indexes: ListTree,
  activity: Activity,
  caches: Zap,
  queues: Rows3,
  deadletters: Archive,
  breakers: ShieldAlert,
  idempotency: Fingerprint,
  consistency: GitCompareArrows,
  reconciliation: Scale,
  audit: ScrollText,
  settings: Settings,
};

/** The icon of a place in the navigation; signals without one of their own get a tray. */
export function EntryIcon({ id, className }: { id: string; className?: string }) {
  const Icon = icons[id] ?? Inbox;
  return <Icon aria-hidden="true" className={className ?? "size-4 shrink-0"} strokeWidth={1.75} />;
}
