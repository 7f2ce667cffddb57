/** Numbers out of rounds. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** (highest − lowest) / median */
export function spread(values: readonly number[]): number {
  const middle = median(values);
  return middle > 0 ? (Math.max(...values) - Math.min(...values)) / middle : 0;
}
