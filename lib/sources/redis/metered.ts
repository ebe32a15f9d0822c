import { Redis, type RedisOptions } from "ioredis";
import { charge, type CostMeter } from "../cost.ts";

type SendArguments = Parameters<Redis["sendCommand"]>;

/** ioredis that books every command it sends, whoever sends it: our reads, pipelines, BullMQ's scripts. */
export class MeteredRedis extends Redis {
  readonly #cost: CostMeter;
  #outstanding = 0;
  #busySince = 0;
  #seen = { stream: null as unknown, bytes: 0 };

  constructor(options: RedisOptions, cost: CostMeter) {
    super(options);
    this.#cost = cost;
  }

  override sendCommand(...[command, stream]: SendArguments): unknown {
    charge(this.#cost, { commands: 1 });
    if (this.#outstanding++ === 0) this.#busySince = performance.now();
    const answer = super.sendCommand(command, stream);
    command.promise.then(
      () => this.#settle(),
      (error: unknown) => this.#settle(error),
    );
    return answer;
  }

  /** Ends the connection without waiting for the other side; "end" follows. */
  drop(): void {
    if (this.status === "end") return;
    this.disconnect();
    this.stream?.destroy();
  }

  #settle(error?: unknown): void {
    // A silent server keeps its socket open for ever: drop it, so that what is queued behind fails at once.
    if (error instanceof Error && error.message === "Command timed out") {
      this.emit("error", error);
      this.drop();
    }
    this.#outstanding -= 1;
    // Commands of a pipeline overlap: only the time with anything outstanding counts.
    if (this.#outstanding > 0) return;
    charge(this.#cost, {
      targetMs: performance.now() - this.#busySince,
      bytes: this.#newBytes(),
    });
  }

  #newBytes(): number {
    const socket = this.stream;
    if (!socket) return 0;
    if (this.#seen.stream !== socket) this.#seen = { stream: socket, bytes: 0 };
    const total = socket.bytesRead + socket.bytesWritten;
    const fresh = total - this.#seen.bytes;
    this.#seen.bytes = total;
    return fresh;
  }
}
