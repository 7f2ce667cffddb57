/**
 * What is said where an option that takes one value is given again: one of the two values would be dropped.
 *
 * @returns what is to be asked of each such option as it comes: the sentence where it has come before
 */
export function onceEach(): (option: string) => string | undefined {
  const given = new Set<string>();
  return (option) => {
    if (given.has(option)) return `${option} is given twice`;
    given.add(option);
    return undefined;
  };
}
