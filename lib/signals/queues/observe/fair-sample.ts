interface Sampled {
  id: string;
  at: number;
  /** Whether the stream told how long it waited. */
  timed: boolean;
}

/** Jobs whose story the stream tells only in part: how many, and a fair sample of them. */
export class FairSample {
  readonly sample: Sampled[] = [];
  readonly #size: number;
  readonly #random: () => number;
  count = 0;
  untimed = 0;

  constructor(size: number, random: () => number) {
    this.#size = size;
    this.#random = random;
  }

  add(one: Sampled): void {
    this.count += 1;
    if (!one.timed) this.untimed += 1;
    if (this.sample.length < this.#size) this.sample.push(one);
    else {
      const place = Math.floor(this.#random() * this.count);
      if (place < this.#size) this.sample[place] = one;
    }
  }

  /** It was something else after all. */
  forget(id: string, at: number): void {
    this.count -= 1;
    const place = this.sample.findIndex((one) => one.id === id && one.at === at);
    if (place >= 0) this.sample.splice(place, 1);
  }
}
