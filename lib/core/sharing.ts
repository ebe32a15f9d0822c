/** Bounds the answers kept at once; far above what one second's questions need. */
const MAX_KEPT = 500;

export interface Sharing {
  /** The answer to `key`: one that is being worked out or was found just now, else a new one. Failures are not kept. */
  <T>(key: string, load: () => Promise<T>): Promise<T>;
  /** What was found so far is out of date. */
  forget(): void;
}

/** Equal questions that come within `ms` of each other get one answer: fifty viewers cost what one does. */
export function sharing(ms: number): Sharing {
  const kept = new Map<string, { answer: Promise<unknown>; until: number }>();
  const share = <T>(key: string, load: () => Promise<T>): Promise<T> => {
    const known = kept.get(key);
    if (known && known.until > Date.now()) return known.answer as Promise<T>;
    if (kept.size >= MAX_KEPT) kept.clear();
    const entry = { answer: load(), until: Date.now() + ms };
    kept.set(key, entry);
    entry.answer.catch(() => kept.get(key) === entry && kept.delete(key));
    return entry.answer;
  };
  return Object.assign(share, { forget: () => kept.clear() });
}
