import { toast } from "#components/ui/toast.tsx";

/** Ends the session on the server, then leaves for the sign-in page. Nothing of the signed-in page stays in memory. */
export async function signOut(): Promise<void> {
  try {
    const answer = await fetch("/api/auth/csrf");
    const { csrfToken } = (await answer.json()) as { csrfToken: string };
    const body = new URLSearchParams({ csrfToken, json: "true" });
    const done = await fetch("/api/auth/signout", { method: "POST", body });
    if (!done.ok) throw new Error(`sign-out answered ${done.status}`);
    location.assign("/login");
  } catch {
    toast({
      tone: "crit",
      title: "Could not sign out",
      detail: "The server did not answer. You are still signed in; try again.",
    });
  }
}
