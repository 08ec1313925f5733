import t from 'tap';
import { cppMatcher, withoutParameters } from '../../../../lib/runtime/discover/user/cpp-names.js';

const bases: [name: string, want: string][] = [
  ['f()', 'f'],
  ['ns::f(int, char)', 'ns::f'],
  ['ns::f(void (*)(int))', 'ns::f'],
  ['A::g(int) const', 'A::g'],
  ['A::g(int) const [clone .part.0]', 'A::g'],
  ['a::operator()(int)', 'a::operator()'],
  ['a::operator()() const', 'a::operator()'],
  ['a::operator()', 'a::operator()'],
  ['vtable for A', 'vtable for A'],
  ['(anonymous namespace)::h(long)', '(anonymous namespace)::h'],
];
for (const [name, want] of bases) t.test(`${name} without parameters`, async (t) => { t.equal(withoutParameters(name), want); });

const demangled: Record<string, string> = { _Z1fi: 'f(int)', _Z1fc: 'f(char)', _Z2ffi: 'ff(int)', _ZN2ns1fEv: 'ns::f()' };
const matches: [pattern: string, want: string[]][] = [
  ['f', ['_Z1fi', '_Z1fc']],
  ['f(int)', ['_Z1fi']],
  ['f*', ['_Z1fi', '_Z1fc', '_Z2ffi']],
  ['*', ['_Z1fi', '_Z1fc', '_Z2ffi', '_ZN2ns1fEv', 'plain']],
  ['ns::*', ['_ZN2ns1fEv']],
  ['*(int)', ['_Z1fi', '_Z2ffi']],
  ['plain', ['plain']],
  ['pl*', ['plain']],
  ['plain(int)', []],
];
for (const [pattern, want] of matches) {
  t.test(`cpp:${pattern}`, async (t) => {
    t.strictSame([...Object.keys(demangled), 'plain'].filter(cppMatcher(pattern, (name) => demangled[name])), want);
  });
}
