"use client";
import RootError from "./error.tsx";
import "./globals.css";

/** The root layout itself failed. */
export default function GlobalError(props: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return (
    <html lang="en">
      <body>
        <title>Plumbline</title>
        <RootError {...props} />
      </body>
    </html>
  );
}
