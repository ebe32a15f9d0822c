import { cookies } from "next/headers";
import { cache } from "react";
import type { Actor } from "./actor.ts";
import { actorOfCookie } from "./get-actor.ts";

/** Who looks at this page, or null; asked once per render. For server components: route handlers use `getActor`. */
export const getSessionActor = cache(async (): Promise<Actor | null> => {
  const jar = await cookies();
  const header = jar.getAll().map((cookie) => `${cookie.name}=${cookie.value}`);
  return actorOfCookie(header.join("; "));
});
