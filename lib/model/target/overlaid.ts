/** An object some of whose members are others: how a Target, or a file of it, is listened to. */
export function overlaid<T extends object>(object: T, members: Partial<T>): T {
  return new Proxy(object, {
    get(real, name) {
      if (Object.hasOwn(members, name)) return members[name as keyof T];
      const value: unknown = Reflect.get(real, name, real);
      return typeof value === 'function' ? value.bind(real) as unknown : value;
    },
  });
}
