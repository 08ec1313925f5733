// C++ names in attach points: `cpp:ns::f` means every overload of ns::f, `cpp:"ns::f(int)"` only that one.
//
//   idea   a pattern with a parameter list is compared with the whole demangled name, any other with what stands before the list

import { matcher } from '../../../model/target/pattern.js';

/** A test for symbol names as they stand in the file. Functions of C have the name that stands there. */
export function cppMatcher(pattern: string, demangle: (name: string) => string | undefined): (symbol: string) => boolean {
  const wanted = matcher(pattern);
  const whole = parameterList(pattern) >= 0;
  return (symbol) => {
    const name = symbol.startsWith('_Z') ? demangle(symbol) : undefined;
    if (name === undefined) return wanted(symbol);
    return wanted(whole ? name : withoutParameters(name));
  };
}

/** `ns::f(int, char) const [clone .part.0]` → `ns::f`; `a::operator()(int)` → `a::operator()`. */
export function withoutParameters(name: string): string {
  const at = parameterList(name);
  return at < 0 ? name : name.slice(0, at);
}

/** Where the parameter list opens, -1 without one. */
function parameterList(name: string): number {
  const text = name.replace(/( \[clone [^\]]*\])+$/, '').replace(/( const| volatile| &&?| noexcept)+$/, '');
  if (!text.endsWith(')')) return -1;
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    if (text[at] === ')') depth++;
    if (text[at] === '(' && --depth === 0) return /\boperator$/.test(text.slice(0, at)) && at === text.length - 2 ? -1 : at;
  }
  return -1;
}
