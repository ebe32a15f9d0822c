import type { ReactNode } from "react";
import { SettingsNav } from "#components/settings/settings-nav.tsx";
import { UrlState } from "#components/shell/url-state.tsx";

export default function SettingsLayout({ children }: { children: ReactNode }) {
  return (
    <div className="flex flex-col gap-4">
      <h1 className="text-xl font-semibold tracking-tight">Settings</h1>
      <SettingsNav />
      <UrlState>{children}</UrlState>
    </div>
  );
}
