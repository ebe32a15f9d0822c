#!/usr/bin/env node
import { runPinned } from "./pinned-node.js";

try {
  runPinned("bin/cli.ts", process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
