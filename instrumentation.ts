/** Runs once when the web server starts. */
export async function register(): Promise<void> {
  // Written out like this, the bundler leaves it out of the runtimes that have no sockets.
  if (process.env.NEXT_RUNTIME === "nodejs") {
    const { recordPeerAddresses } = await import("#lib/api/peer-address.ts");
    recordPeerAddresses();
  }
}
