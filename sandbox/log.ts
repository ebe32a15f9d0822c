/** One line about what the sandbox does. Never customer data: lines may end up anywhere. */
export function log(line: string): void {
  process.stderr.write(`${new Date().toISOString()} sandbox: ${line}\n`);
}
