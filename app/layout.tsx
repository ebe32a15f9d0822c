import type { Metadata, Viewport } from "next";
import localFont from "next/font/local";
import { cookies } from "next/headers";
import type { ReactNode } from "react";
import {
  APPEARANCE_COOKIE,
  appearanceAttributes,
  parseAppearance,
} from "#components/ui/appearance-cookie.ts";
import "./globals.css";

// Bundled, so that no page asks another server for it; the system font shows until it is there.
const inter = localFont({
  src: "../node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
  variable: "--font-inter",
  weight: "100 900",
  display: "swap",
});

export const metadata: Metadata = {
  title: { default: "Plumbline", template: "%s · Plumbline" },
  description: "Reliability operations: what is wrong, since when, and what to do about it.",
  robots: { index: false, follow: false },
};

export const viewport: Viewport = { colorScheme: "light dark" };

export default async function RootLayout({ children }: { children: ReactNode }) {
  const appearance = parseAppearance((await cookies()).get(APPEARANCE_COOKIE)?.value);
  return (
    <html lang="en" className={inter.variable} {...appearanceAttributes(appearance)}>
      <body>{children}</body>
    </html>
  );
}
