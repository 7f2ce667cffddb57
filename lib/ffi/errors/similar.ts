/** Names that resemble one that does not exist, the nearest first. */
export function similar(name: string, known: Iterable<string>): string[] {
  const wanted = name.toLowerCase();
  const found: [distance: number, name: string][] = [];
  for (const one of known) {
    const lower = one.toLowerCase();
    const contains = wanted.length > 2 && lower.includes(wanted);
    const distance = contains ? 1 : editDistance(wanted, lower);
    if (distance <= Math.max(2, wanted.length / 4)) found.push([distance, one]);
  }
  found.sort(([a, x], [b, y]) => a - b || x.length - y.length || (x < y ? -1 : 1));
  return found.slice(0, 6).map(([, one]) => one);
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 4) return Number.POSITIVE_INFINITY;
  let before = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = before[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, before[j]! + 1, row[j - 1]! + 1));
    }
    before = row;
  }
  return before[b.length]!;
}

/** What to say behind "there is no …": empty where no name resembles it. */
export function similarText(name: string, known: Iterable<string>): string {
  const near = similar(name, known);
  return near.length > 0 ? ` Similar: ${near.join(', ')}.` : '';
}
