/**
 * Does something with each of a list, with so many of them at a time.
 *
 * @param count how many at a time, at least 1
 * @throws what `action` throws first; what is begun then goes on
 */
export async function inParallel<One>(
  list: Iterable<One>,
  count: number,
  action: (one: One) => Promise<void>,
): Promise<void> {
  const left = [...list].values();
  const next = async () => {
    for (const one of left) await action(one);
  };
  await Promise.all(Array.from({ length: count }, next));
}
