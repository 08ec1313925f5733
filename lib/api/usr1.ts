// SIGUSR1 of this process, for the probe self:signal:SIGUSR1 of any number of sessions.
//
//   facts  Node warns of a leak when an event has more than ten listeners: sessions share one

const heard = new Set<() => void>();
const hear = (): void => heard.forEach((listener) => listener());

/** Calls back at each signal, until what it returns is called. */
export function onUsr1(listener: () => void): () => void {
  if (heard.size === 0) process.on('SIGUSR1', hear);
  heard.add(listener);
  return () => {
    heard.delete(listener);
    if (heard.size === 0) process.off('SIGUSR1', hear);
  };
}
