import { defineConfig } from "vitest/config";

const code = "{lib,workers,agent,sandbox,components,bin,bench}";

export default defineConfig({
  test: {
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
          // As many as cores: these tests mostly wait, but those that race workers want room.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
