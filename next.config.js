/** @type {import("next").NextConfig} */
export default {
  agentRules: false,
  poweredByHeader: false,
  reactStrictMode: true,
  // `npm run types` checks the whole repository; a start must not fail for the types of a test.
  typescript: { ignoreBuildErrors: true },
  // Native or WASM packages that must be required at run time, not bundled.
  serverExternalPackages: [
    "@node-rs/argon2",
    "pg",
    "bullmq",
    "ioredis",
    "libpg-query",
    "pino",
    "prom-client",
  ],
};
