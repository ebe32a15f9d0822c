import { once } from "node:events";
import { connect } from "node:net";

export interface RedisMonitor {
  /** Every command the server has run since, one line each: time, [db address], "command" "argument" … */
  lines(): string[];
  close(): void;
}

/** MONITOR over a bare socket: ioredis loses its place when commands stream in before it has seen the OK. */
export async function monitorRedis(url: string): Promise<RedisMonitor> {
  const { hostname, port, username, password } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  await once(socket, "connect");
  const credentials = [username, password].filter(Boolean).map(decodeURIComponent);
  if (credentials.length > 0) socket.write(`AUTH ${credentials.join(" ")}\r\n`);
  socket.write("MONITOR\r\n");
  const oks = credentials.length > 0 ? 2 : 1;
  while (text.split("+OK\r\n").length <= oks) await once(socket, "data");
  return {
    lines: () => text.split("\r\n").filter((line) => /^\+\d/.test(line)),
    close: () => socket.destroy(),
  };
}
