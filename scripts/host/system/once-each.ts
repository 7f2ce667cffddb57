import { onceEach } from '../../../lib/cli/given.ts';
import { HostError } from './error.ts';

/**
 * Refuses an option that takes one value where it is given again.
 *
 * @returns what is to be called with each such option as it comes; throws HostError
 */
export function refuseTwice(usage: string): (option: string) => void {
  const again = onceEach();
  return (option) => {
    const wrong = again(option);
    if (wrong) throw new HostError(`${wrong}.\n\n${usage}`);
  };
}
