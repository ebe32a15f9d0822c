import { startPinging } from "../longest-ping.ts";

// Pings between "start" and "stop", a thousand times a second, and tells the longest wait.

const [url = ""] = process.argv.slice(2);
// Not to outlive the benchmark.
process.once("disconnect", () => process.exit());
let pinging: Awaited<ReturnType<typeof startPinging>> | undefined;

process.on("message", async (what) => {
  if (what === "start") {
    pinging = await startPinging(url, 1);
    process.send?.("pinging");
  } else process.send?.(pinging?.stop());
});
process.send?.("ready");
