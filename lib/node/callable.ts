/**
 * A class that may be called without `new`, as the classes of node:net may.
 *
 * @param name what it is called: a bundler may have named it otherwise
 * @param Class what is made of it is an instance of both
 * @param initialise makes an instance of an object that inherits from it already, for `Class.call(this, …)`,
 *   by which functions of old inherit
 * @param construct makes an instance in another way, where it is not by the class itself
 */
export function callable<Parameters extends unknown[], Instance extends object>(
  name: string,
  Class: new (...args: Parameters) => Instance,
  initialise: (self: NoInfer<Instance>, ...args: Parameters) => void,
  construct?: (...args: Parameters) => NoInfer<Instance> | undefined,
): { new (...args: Parameters): Instance; (...args: Parameters): Instance } {
  const made = new Proxy(Class, {
    apply(target, self: unknown, args) {
      const given = args as Parameters;
      if (!(self instanceof target)) return new made(...given);
      initialise(self, ...given);
      return undefined;
    },
    construct(target, args, newTarget) {
      const other = construct?.(...(args as Parameters));
      return other ?? (Reflect.construct(target, args, newTarget) as Instance);
    },
    // The two traps above make it a class that can be called.
  }) as unknown as { new (...args: Parameters): Instance; (...args: Parameters): Instance };
  Object.defineProperty(Class, 'name', { value: name, configurable: true });
  Object.defineProperty(Class.prototype, 'constructor', { value: made, writable: true });
  return made;
}
