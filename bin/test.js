import { ensureInstalled } from "./install.js";
import { runPinned } from "./pinned-node.js";

try {
  await ensureInstalled({ dev: true });
  runPinned("bin/check/main.ts", process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
