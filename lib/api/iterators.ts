// A reader as an AsyncIterator: of events one by one, or in batches.

import type { Reader } from './reader.js';

/** @param leave  what leaving the loop does: break, return, a throw in it */
export function eventsOf<T>(reader: Reader<T>, leave: () => Promise<void>): AsyncIterableIterator<T> {
  return iterator(() => reader.next(), leave);
}

export function batchesOf<T>(reader: Reader<T>, leave: () => Promise<void>): AsyncIterableIterator<readonly T[]> {
  return iterator(() => reader.batch(), leave);
}

function iterator<T>(take: () => T | undefined | Promise<T | undefined>, leave: () => Promise<void>): AsyncIterableIterator<T> {
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      const taken = take();
      return taken instanceof Promise ? taken.then(resultOf<T>) : Promise.resolve(resultOf(taken));
    },
    async return() {
      await leave();
      return { value: undefined, done: true };
    },
  };
}

function resultOf<T>(value: T | undefined): IteratorResult<T> {
  return value === undefined ? { value: undefined, done: true } : { value, done: false };
}
