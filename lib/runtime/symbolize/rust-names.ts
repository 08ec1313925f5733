// Names of Rust functions (`_R…`) for people.
//
//   facts  Rust RFC 2603, "symbol name mangling v0". Crates are shown without their hashes, lifetimes without names are `'_`. The older form (`_ZN…17h…E`) is
//          that of C++
//   why    limits: a reference repeats what stands before it, so that a short name may stand for endless text

const MOST_MANGLED = 8192;
const MOST_TEXT = 8192;
const MOST_DEPTH = 128;
const MOST_STEPS = 1 << 15;

const basic: Readonly<Record<string, string>> = {
  a: 'i8', b: 'bool', c: 'char', d: 'f64', e: 'str', f: 'f32', h: 'u8', i: 'isize', j: 'usize', l: 'i32', m: 'u32', n: 'i128', o: 'u128', p: '_', s: 'i16', t: 'u16', u: '()', v: '...',
  x: 'i64', y: 'u64', z: '!',
};
const signed = 'alsnxi';
const unsigned = 'htmoyj';

/** Undefined when it is no such name, or means something that is not known here. */
export function demangleRust(symbol: string): string | undefined {
  const mangled = /^_R([A-Z][A-Za-z0-9_]*)([.$].*)?$/.exec(symbol);
  if (mangled === null || symbol.length > MOST_MANGLED) return undefined;
  try {
    return new Name(mangled[1]!).text();
  } catch (error) {
    if (error instanceof NoName) return undefined;
    throw error;
  }
}

class NoName extends Error {}

class Name {
  private at = 0;
  private depth = 0;
  private steps = 0;
  private out = '';
  /** what is read now is not shown */
  private silent = 0;
  /** of lifetimes that `for<…>` around has named */
  private bound = 0;

  constructor(private readonly mangled: string) {}

  text(): string {
    this.path(true);
    // the crate that the function was made in may follow
    if (this.at < this.mangled.length) this.quietly(() => this.path(false));
    if (this.at < this.mangled.length) throw new NoName();
    return this.out;
  }

  /** @param inValue  generic arguments stand behind `::` */
  private path(inValue: boolean): void {
    this.nested(() => {
      const kind = this.next();
      switch (kind) {
        case 'C': {
          this.disambiguator();
          return this.show(this.identifier());
        }
        case 'N': return this.member(inValue);
        case 'M': case 'X': {
          this.disambiguator();
          this.quietly(() => this.path(false));
          return this.inherent(kind === 'X');
        }
        case 'Y': return this.inherent(true);
        case 'I': {
          this.path(inValue);
          this.show(inValue ? '::<' : '<');
          this.list(() => this.argument());
          return this.show('>');
        }
        case 'B': return this.again(() => this.path(inValue));
        default: throw new NoName();
      }
    });
  }

  private member(inValue: boolean): void {
    const space = this.next();
    this.path(inValue);
    const number = this.disambiguator();
    const name = this.identifier();
    if (/[A-Z]/.test(space)) this.show(`::{${space === 'C' ? 'closure' : space === 'S' ? 'shim' : space}${name === '' ? '' : `:${name}`}#${number}}`);
    else if (!/[a-z]/.test(space)) throw new NoName();
    else if (name !== '') this.show(`::${name}`);
  }

  private inherent(ofTrait: boolean): void {
    this.show('<');
    this.type();
    if (ofTrait) {
      this.show(' as ');
      this.path(false);
    }
    this.show('>');
  }

  private argument(): void {
    if (this.takes('L')) this.lifetime(this.base62());
    else if (this.takes('K')) this.constant();
    else this.type();
  }

  private type(): void {
    this.nested(() => {
      const kind = this.peek();
      const simple = basic[kind];
      if (simple !== undefined) {
        this.at++;
        return this.show(simple);
      }
      if ('CNMXYI'.includes(kind)) return this.path(false);
      this.at++;
      switch (kind) {
        case 'R': case 'Q': {
          this.show('&');
          if (this.takes('L')) {
            const index = this.base62();
            if (index > 0) {
              this.lifetime(index);
              this.show(' ');
            }
          }
          if (kind === 'Q') this.show('mut ');
          return this.type();
        }
        case 'P': case 'O': {
          this.show(kind === 'P' ? '*const ' : '*mut ');
          return this.type();
        }
        case 'A': case 'S': {
          this.show('[');
          this.type();
          if (kind === 'A') {
            this.show('; ');
            this.constant();
          }
          return this.show(']');
        }
        case 'T': {
          this.show('(');
          const count = this.list(() => this.type());
          return this.show(count === 1 ? ',)' : ')');
        }
        case 'F': return this.binding(() => this.signature());
        case 'D': {
          this.show('dyn ');
          this.binding(() => this.list(() => this.dynTrait(), ' + '));
          if (!this.takes('L')) throw new NoName();
          const index = this.base62();
          if (index > 0) {
            this.show(' + ');
            this.lifetime(index);
          }
          return undefined;
        }
        case 'B': return this.again(() => this.type());
        default: throw new NoName();
      }
    });
  }

  private signature(): void {
    if (this.takes('U')) this.show('unsafe ');
    if (this.takes('K')) this.show(`extern "${this.takes('C') ? 'C' : this.identifier().replaceAll('_', '-')}" `);
    this.show('fn(');
    this.list(() => this.type());
    this.show(')');
    if (this.takes('u')) return;
    this.show(' -> ');
    this.type();
  }

  /** A trait of `dyn`, with the types that it is bound to: `Iterator<Item = u8>`. */
  private dynTrait(): void {
    let isOpen = this.openPath();
    while (this.takes('p')) {
      this.show(isOpen ? ', ' : '<');
      isOpen = true;
      this.show(`${this.identifier()} = `);
      this.type();
    }
    if (isOpen) this.show('>');
  }

  /** A path whose generic arguments, if it has some, are not closed yet. */
  private openPath(): boolean {
    if (this.takes('B')) {
      let isOpen = false;
      this.again(() => (isOpen = this.openPath()));
      return isOpen;
    }
    if (!this.takes('I')) {
      this.path(false);
      return false;
    }
    this.path(false);
    this.show('<');
    this.list(() => this.argument());
    return true;
  }

  private constant(): void {
    this.nested(() => {
      if (this.takes('B')) return this.again(() => this.constant());
      const kind = this.next();
      if (kind === 'p') return this.show('_');
      const isNegative = signed.includes(kind) && this.takes('n');
      const digits = /^[0-9a-f]*(?=_)/.exec(this.mangled.slice(this.at))?.[0];
      if (digits === undefined) throw new NoName();
      this.at += digits.length + 1;
      const value = BigInt(`0x${digits || '0'}`);
      if (kind === 'b' && value <= 1n) return this.show(value === 1n ? 'true' : 'false');
      if (kind === 'c' && value <= 0x10ffffn) return this.show(`'${letterOf(Number(value))}'`);
      if (!signed.includes(kind) && !unsigned.includes(kind)) throw new NoName();
      return this.show(`${isNegative ? '-' : ''}${value}`);
    });
  }

  /** What stands in `for<'a, 'b>`. */
  private binding(inside: () => void): void {
    const before = this.bound;
    if (this.takes('G')) {
      const count = this.base62() + 1;
      if (count > MOST_DEPTH) throw new NoName();
      this.show('for<');
      for (let i = 0; i < count; i++) {
        this.bound++;
        if (i > 0) this.show(', ');
        this.lifetime(1);
      }
      this.show('> ');
    }
    inside();
    this.bound = before;
  }

  /** @param index  0: it has no name; 1: the one that was named last */
  private lifetime(index: number): void {
    if (index > this.bound) throw new NoName();
    const number = this.bound - index;
    this.show(index === 0 ? "'_" : number < 26 ? `'${String.fromCharCode(97 + number)}` : `'_${number}`);
  }

  // ---- letters

  private identifier(): string {
    const isPunycode = this.takes('u');
    const digits = /^(?:0|[1-9][0-9]*)/.exec(this.mangled.slice(this.at, this.at + 5))?.[0];
    if (digits === undefined) throw new NoName();
    this.at += digits.length;
    this.takes('_');
    const size = Number(digits);
    if (this.at + size > this.mangled.length) throw new NoName();
    const text = this.mangled.slice(this.at, this.at += size);
    return isPunycode ? `punycode{${text}}` : text;
  }

  private disambiguator(): number {
    return this.takes('s') ? this.base62() + 1 : 0;
  }

  private base62(): number {
    const digits = /^[0-9A-Za-z]{0,12}(?=_)/.exec(this.mangled.slice(this.at, this.at + 13))?.[0];
    if (digits === undefined) throw new NoName();
    this.at += digits.length + 1;
    if (digits === '') return 0;
    return [...digits].reduce((sum, digit) => sum * 62 + '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.indexOf(digit), 0) + 1;
  }

  private list(one: () => void, between = ', '): number {
    let count = 0;
    for (; !this.takes('E'); count++) {
      if (count > 0) this.show(between);
      one();
    }
    return count;
  }

  /** What stands at an earlier place. */
  private again(read: () => void): void {
    const here = this.at - 1;
    const there = this.base62();
    if (there >= here) throw new NoName();
    const next = this.at;
    this.at = there;
    // what is not shown was read before
    if (this.silent === 0) this.nested(read);
    this.at = next;
  }

  private nested(read: () => void): void {
    if (++this.depth > MOST_DEPTH || ++this.steps > MOST_STEPS) throw new NoName();
    read();
    this.depth--;
  }

  private quietly(read: () => void): void {
    this.silent++;
    read();
    this.silent--;
  }

  private show(text: string): void {
    if (this.silent > 0) return;
    this.out += text;
    if (this.out.length > MOST_TEXT) throw new NoName();
  }

  private peek(): string {
    return this.mangled[this.at] ?? '';
  }

  private next(): string {
    if (this.at >= this.mangled.length) throw new NoName();
    return this.mangled[this.at++]!;
  }

  private takes(letter: string): boolean {
    if (this.peek() !== letter) return false;
    this.at++;
    return true;
  }
}

/** As Rust writes it between quotes. */
function letterOf(point: number): string {
  const letter = String.fromCodePoint(point);
  return /^[\p{L}\p{N}\p{P}\p{S} ]$/u.test(letter) && !/['\\]/.test(letter) ? letter : `\\u{${point.toString(16)}}`;
}
