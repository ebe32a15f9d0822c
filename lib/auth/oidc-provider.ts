import type { OAuthConfig } from "next-auth/providers/oauth";
import { env } from "#lib/config/env.ts";
import { AppError } from "#lib/core/errors.ts";
import { SESSION_ABSOLUTE_SECONDS } from "./cookie.ts";
import type { Claims } from "./oidc.ts";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The configured provider: authorization code with PKCE, state and nonce; endpoints and keys come from its discovery document. */
export function oidcProvider(): OAuthConfig<Claims> {
  const { OIDC_ISSUER = "", OIDC_CLIENT_ID = "", OIDC_CLIENT_SECRET, OIDC_SCOPES } = env();
  assertPrivate(OIDC_ISSUER);
  return {
    id: "oidc",
    name: "Single sign-on",
    type: "oauth",
    wellKnown: `${OIDC_ISSUER.replace(/\/$/, "")}/.well-known/openid-configuration`,
    clientId: OIDC_CLIENT_ID,
    ...(OIDC_CLIENT_SECRET !== undefined && { clientSecret: OIDC_CLIENT_SECRET }),
    client: {
      token_endpoint_auth_method: OIDC_CLIENT_SECRET === undefined ? "none" : "client_secret_basic",
    },
    idToken: true,
    checks: ["pkce", "state", "nonce"],
    // Asking for a maximum age obliges the provider to tell when the person last proved who they are.
    authorization: { params: { scope: OIDC_SCOPES, max_age: SESSION_ABSOLUTE_SECONDS } },
    userinfo: {
      // Groups may come with the ID token or only here; the library checks that both speak of the same subject.
      async request({ client, tokens }) {
        const idToken = (tokens as unknown as { claims(): Claims }).claims();
        const more = client.issuer.metadata.userinfo_endpoint
          ? await client.userinfo(tokens.access_token ?? "")
          : {};
        if ("sub" in more && more.sub !== idToken.sub)
          throw new Error("userinfo speaks of another subject");
        return { ...more, ...idToken };
      },
    },
    httpOptions: { timeout: 5_000 },
    profile: (claims) => ({ id: claims.sub }),
  };
}

function assertPrivate(issuer: string): void {
  const { protocol, hostname } = new URL(issuer);
  if (protocol === "https:" || LOOPBACK.has(hostname)) return;
  throw new AppError("unavailable", "OIDC_ISSUER must start with https://", {
    detail: "Over plain http anybody on the way could sign in as anybody.",
  });
}
