import { defineConfig } from "vitest/config";

const code = "{lib,workers,agent,sandbox,components,bin,bench}";

export default defineConfig({
  test: {
    // Integration tests mostly wait for servers: two files at a time, also where there are fewer cores.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "unit",
          include: [`${code}/**/*.test.{ts,tsx}`],
          exclude: ["**/node_modules/**"],
          // Pure code shares nothing that needs a fresh module graph per file.
          isolate: false,
        },
      },
      { test: { name: "arch", include: ["tests/arch/**/*.test.ts"] } },
      {
        test: {
          name: "integration",
          include: ["tests/integration/**/*.test.ts"],
          globalSetup: "tests/support/global-setup.ts",
          // More than cores: these tests mostly wait, for servers and for time to pass.
          maxWorkers: 3,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
