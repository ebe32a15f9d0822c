/** The part of oidc-provider that the tests use; the package ships no types. */
declare module "oidc-provider" {
  import type { RequestListener } from "node:http";

  export interface Context {
    body: unknown;
  }

  export interface Account {
    accountId: string;
    claims(): { sub: string };
  }

  export class Provider {
    constructor(
      issuer: string,
      configuration: {
        findAccount(context: unknown, sub: string): Account;
        [option: string]: unknown;
      },
    );
    use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): void;
    callback(): RequestListener;
  }
}
