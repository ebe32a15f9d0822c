/** Whether a page belongs to a place: `/queues/emails` to Queues, `/settings/users` to Settings. */
export function isCurrent(href: string, pathname: string): boolean {
  const root = `/${href.split("/")[1] ?? ""}`;
  return root === "/" ? pathname === "/" : pathname === root || pathname.startsWith(`${root}/`);
}
