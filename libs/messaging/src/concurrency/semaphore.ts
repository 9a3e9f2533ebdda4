/** Lets so many in at once; the others wait in the order in which they came. */
export class Semaphore {
  private readonly waiting: (() => void)[] = [];
  private inside = 0;

  constructor(private readonly placesMax: number) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.inside >= this.placesMax) await new Promise<void>((enter) => this.waiting.push(enter));
    else this.inside += 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.inside -= 1;
    }
  }
}
