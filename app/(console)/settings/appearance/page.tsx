import type { Metadata } from "next";
import { AppearanceScreen } from "#components/settings/appearance-screen.tsx";

export const metadata: Metadata = { title: "Appearance" };

export default function Page() {
  return <AppearanceScreen />;
}
