/** Characters of one answer, as far as the answer before it tells. */
const CHUNK_LENGTH = 100_000;
const FIRST_CHUNK = 2;
/** Small ones do not tell that large ones follow: twenty of a megabyte cost a server some 10 ms, once. */
const MAX_CHUNK = 20;

/**
 * How many entries of a stream or a list to ask for at once: each may be of any size, and no command tells it beforehand. Begins
 * small, and grows only while what comes is small.
 */
export class ChunkSize {
  size = FIRST_CHUNK;

  /** Entries came, the largest of this length. */
  came(largest: number): void {
    const fitting = Math.floor(CHUNK_LENGTH / Math.max(largest, 1));
    this.size = Math.max(1, Math.min(fitting, this.size * 2, MAX_CHUNK));
  }
}
