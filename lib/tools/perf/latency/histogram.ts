/** How often each latency was seen: exact to 1.6 %, in memory that does not grow. */

/** Buckets for each doubling of the value. */
const SUB_BUCKETS = 64;
const SUB_BITS = 6;
/** Values are counted in tenths of a microsecond. */
const SCALE = 10;
const DOUBLINGS = 40;

function indexOf(value: number): number {
  if (value < SUB_BUCKETS) return value;
  const doublings = Math.floor(Math.log2(value)) - SUB_BITS + 1;
  const sub = Math.floor(value / 2 ** (doublings - 1)) - SUB_BUCKETS;
  return SUB_BUCKETS * doublings + sub;
}

function lowestOf(index: number): number {
  if (index < SUB_BUCKETS) return index;
  const doublings = Math.floor(index / SUB_BUCKETS);
  return (SUB_BUCKETS + (index % SUB_BUCKETS)) * 2 ** (doublings - 1);
}

/** A part of a histogram, for showing it. */
export interface Bar {
  /** Microseconds: at least, and less than. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export interface LatencySummary {
  readonly count: number;
  /** All in microseconds. */
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly bars: readonly Bar[];
}

export class Histogram {
  readonly #counts = new Float64Array(SUB_BUCKETS * DOUBLINGS);
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  /** @param microseconds how long it took */
  record(microseconds: number): void {
    const value = Math.max(0, microseconds);
    const index = Math.min(indexOf(Math.round(value * SCALE)), this.#counts.length - 1);
    this.#counts[index]!++;
    this.#count++;
    this.#sum += value;
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  /** What so many percent are not above, in microseconds. */
  percentile(percent: number): number {
    if (this.#count === 0) return 0;
    const wanted = Math.max(1, Math.ceil((percent / 100) * this.#count));
    let seen = 0;
    for (const [index, count] of this.#counts.entries()) {
      seen += count;
      if (seen < wanted) continue;
      // The middle of the bucket, and never more than was seen.
      const middle = (lowestOf(index) + lowestOf(index + 1)) / 2 / SCALE;
      return Math.min(this.#max, Math.max(this.#min, middle));
    }
    return this.#max;
  }

  summary(): LatencySummary {
    return {
      count: this.#count,
      min: this.#count > 0 ? this.#min : 0,
      mean: this.#count > 0 ? this.#sum / this.#count : 0,
      p50: this.percentile(50),
      p90: this.percentile(90),
      p99: this.percentile(99),
      p999: this.percentile(99.9),
      max: this.#max,
      bars: this.bars(),
    };
  }

  /** Doublings from the lowest to the highest that was seen. */
  bars(): Bar[] {
    const sums = new Map<number, number>();
    for (const [index, count] of this.#counts.entries()) {
      if (count === 0) continue;
      const power = Math.max(0, Math.floor(Math.log2(Math.max(1, lowestOf(index) / SCALE))));
      sums.set(power, (sums.get(power) ?? 0) + count);
    }
    const powers = [...sums.keys()];
    if (powers.length === 0) return [];
    const [lowest, highest] = [Math.min(...powers), Math.max(...powers)];
    return Array.from({ length: highest - lowest + 1 }, (_, at) => {
      const power = lowest + at;
      return {
        from: power === 0 ? 0 : 2 ** power,
        to: 2 ** (power + 1),
        count: sums.get(power) ?? 0,
      };
    });
  }
}
