// Events on their way to one reader: first in, first out, in constant time each.
//
//   facts  Array.shift() moves what is behind it once an array is large, so what was taken stays in front until it is half of the array

export class Queue<T> {
  #items: (T | undefined)[] = [];
  /** index of the oldest */
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The oldest; undefined: there is none. */
  take(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) {
      this.#items.length = this.#head = 0;
    } else if (this.#head >= COMPACTED && this.#head * 2 >= this.#items.length) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** All of it, oldest first; the queue is empty afterwards. */
  takeAll(): readonly T[] {
    const all = this.#items.slice(this.#head) as T[];
    this.#items = [];
    this.#head = 0;
    return all;
  }

  /** The same items; they stay. */
  copy(): Queue<T> {
    const copy = new Queue<T>();
    for (let i = this.#head; i < this.#items.length; i++) copy.push(this.#items[i] as T);
    return copy;
  }
}

/** Short arrays are not worth the move. */
const COMPACTED = 1024;
