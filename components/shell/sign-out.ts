import { toast } from "#components/ui/toast.ts";

/** Ends the session on the server, then leaves for the sign-in page. Nothing of the signed-in page stays in memory. */
export async function signOut(): Promise<void> {
  try {
    const headers = { "content-type": "application/json" };
    const done = await fetch("/api/v1/me/sign-out", { method: "POST", headers, body: "{}" });
    // 401: the session had ended already.
    if (!done.ok && done.status !== 401) throw new Error(`sign-out answered ${done.status}`);
    location.assign("/login");
  } catch {
    toast({
      tone: "crit",
      title: "Could not sign out",
      detail: "The server did not answer. You are still signed in; try again.",
    });
  }
}
