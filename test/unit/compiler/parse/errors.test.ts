// Syntax errors: script → the whole rendered message.

import t from 'tap';
import { parsed } from './corpus.js';

const cases: [source: string, columns: string, message: string][] = [
  // words
  ['begin { print("a }', '15-19', 'unterminated string'],
  ['begin { /* a }', '9-11', 'unterminated comment'],
  ['begin { print("\\q"); }', '16-18', "invalid escape character '\\q'"],
  ['begin { print("ab\\777"); }', '18-22', "octal escape sequence out of range '\\777'"],
  ['begin { print("\\xg"); }', '16-18', 'invalid hex escape sequence'],
  ['begin { print(1_); }', '15-17', 'trailing underscore in integer literal'],
  ['begin { print(1x); }', '15-17', "invalid integer suffix 'x'"],
  ['begin { print(0b1); }', '15-18', "invalid integer suffix 'b1'"],
  ['begin { print(1e0); }', '15-18', "invalid integer suffix 'e0'"],
  ['begin { print(12e3); }', '15-19', 'coefficient part of scientific literal must be 1-9: 12e3'],
  ['begin { print(1e20); }', '15-19', 'overflow error, maximum value is 18446744073709551615: 1e20'],
  ['begin { print(18446744073709551616); }', '15-35', 'overflow error, maximum value is 18446744073709551615: 18446744073709551616'],
  ['begin { print(4294967296u); }', '15-26', 'overflow error, maximum value is 4294967295: 4294967296u'],
  ['begin { print(300000d); }', '15-22', 'overflow error, maximum value is 18446744073709551615: 300000d'],
  ['begin { print(018); }', '15-18', 'invalid trailing bytes: 018'],
  ['begin { print(0x); }', '15-17', 'invalid integer: 0x'],
  ['begin { print($0); }', '15-17', 'param $0 is out of integer range [1, 9223372036854775807]'],
  ['begin { print($); }', '15-16', "expected identifier after '$'"],
  // expressions
  ['begin { @x = 1 + }', '18-19', 'expected expression'],
  ['begin { @x = ; }', '14-15', 'expected expression'],
  ['begin { @x[] = 1; }', '12-13', 'expected expression'],
  ['begin { print(1,); }', '17-18', 'expected expression'],
  ['begin { print(; }', '15-16', 'expected expression'],
  ['begin { print(1; }', '16-17', "expected ')'"],
  ['begin { print((1, 2; }', '20-21', "expected ')'"],
  ['begin { @x[1 = 2; }', '14-15', "expected ']'"],
  ['begin { $a ? 1; }', '15-16', "expected ':'"],
  ['begin { $x = $a.; }', '17-18', "expected field name after '.'"],
  ['begin { $x = (struct)1; }', '15-21', 'expected expression'],
  ['begin { $x = (int8 *; }', '21-22', 'expected expression'],
  ['begin { let $x : ; }', '18-19', 'expected type name'],
  ['begin { print(sizeof 1); }', '22-23', "expected '('"],
  ['begin { $x = if $a { 1 }; }', '25-26', "expected 'else'"],
  // statements
  ['begin { $x = 1 $y = 2; }', '16-18', "expected ';'"],
  ['begin { @x = 1', '15-15', "expected ';'"],
  ['begin { print(1) print(2) }', '18-23', "expected ';'"],
  ['begin { ) }', '9-10', 'unexpected input in block'],
  ['begin { # }', '9-10', 'unexpected input in block'],
  ['begin { fn }', '9-11', 'unexpected input in block'],
  ['begin {', '8-8', 'unexpected input in block'],
  ['begin { let x; }', '13-14', "expected variable after 'let'"],
  ['begin { if (1) { } else 3 }', '25-26', "expected '{' or 'if' after 'else'"],
  ['begin { if (a) && (b) { } }', '16-18', "expected '{'"],
  ['begin { if 1 print(1); }', '14-19', "expected '{'"],
  ['begin { while 1; }', '16-17', "expected '{'"],
  ['begin { unroll (3; }', '18-19', "expected ')'"],
  ['begin { for x : @m { } }', '13-14', 'expected variable in for loop'],
  ['begin { for (@m) { } }', '14-16', 'expected variable in for loop'],
  ['begin { for $x @m { } }', '16-18', "expected ':'"],
  ['begin { for $x : }', '18-19', 'expected map or range in for loop'],
  ['begin { for ($x : ) { } }', '19-20', 'expected map or range in for loop'],
  ['begin { for $x : 0.. { } }', '26-27', "expected '{'"],
  ['begin { import 1; }', '16-17', "expected string after 'import'"],
  // targets
  ['begin { 1 = 2; }', '9-10', 'invalid assignment target'],
  ['begin { f(1) += 2; }', '9-13', 'invalid assignment target'],
  ['begin { $a.0 = 2; }', '9-13', 'Tuples and records are immutable once created. Consider creating a new value and assigning it instead.'],
  ['begin { $a.b = 2; }', '9-13', 'Tuples and records are immutable once created. Consider creating a new value and assigning it instead.'],
  ['begin { f()++; }', '9-14', 'increment/decrement requires a variable or map'],
  ['begin { ++1; }', '9-12', 'increment/decrement requires a variable or map'],
  ['begin { $x = &1; }', '14-16', 'address-of operator (&) can only be used on a map or variable'],
  ['begin { $x = &@a[1]; }', '14-20', 'address-of operator (&) can only be used on a map or variable'],
  ['begin { $x = (a=1, b=2, a=3); }', '25-26', 'Named argument list already contains name: a'],
  // probes
  ['kprobe:f', '9-9', "expected '{'"],
  ['kprobe:f }', '10-11', "expected '{'"],
  ['kprobe:f /pid == 1 { }', '20-21', "expected '/' to close predicate"],
  ['kprobe:f // { }', '16-16', "expected '{'"],
  ['kprobe:f / / { }', '12-13', 'expected expression'],
  ['{ print(1); }', '1-2', 'expected attach point'],
  [', kprobe:f { }', '1-2', 'expected attach point'],
  ['begin { } }', '11-12', 'unexpected input'],
  ['begin { } ; begin { }', '13-18', "expected '{'"],
  // other items
  ['begin { } struct a { int x; };', '11-31', 'C definitions must appear before probes and functions'],
  ['begin { } config = { };', '11-17', 'config must appear before probes and functions'],
  ['config = { } config = { } begin { }', '14-20', 'duplicate config block'],
  ['begin { } import "a";', '11-17', 'root imports must appear before probes and functions'],
  ['let $x = 1;', '5-7', 'root-level let statements need to be map declarations, e.g. let @a = hash(2);'],
  ['let x = 1;', '5-6', 'root-level let statements need to be map declarations, e.g. let @a = hash(2);'],
  ['let @a = hash(-1);', '15-16', 'expected positive integer for map declaration max entries'],
  ['let @a = hash($x);', '15-17', 'expected positive integer for map declaration max entries'],
  ['let @a = 5;', '10-11', 'expected map type in map declaration'],
  ['let @a;', '7-8', "expected '='"],
  ['let @a = hash(5)', '17-17', "expected ';'"],
  ['macro { }', '7-8', 'expected macro name'],
  ['macro m { }', '9-10', "expected '('"],
  ['macro m(1) { }', '9-10', 'expected macro parameter'],
  ['macro m(args) { }', '9-13', "builtin 'args' can't be used as a macro argument"],
  ['fn (', '4-5', 'expected function name'],
  ['fn f($a) : int8 { }', '8-9', "expected ':'"],
  ['fn f() : 3 { }', '10-11', 'expected type name'],
  ['import 3;', '8-9', "expected string after 'import'"],
  ['import "a" begin { }', '12-17', "expected ';' after import"],
  ['config = { 3 = 4 }', '12-13', 'expected config key'],
  ['config = { a = $x }', '16-18', 'expected string, int, boolean, or ident'],
  ['config = { a 3 }', '14-15', "expected '='"],
  ['config { }', '8-9', "expected '='"],
  ['enum a;', '7-8', "expected '{'"], ['struct a, b;', '9-10', "expected '{'"], ['struct;', '7-8', "expected '{'"],
  ['struct a { int x;', '18-18', "expected '}'"],
  ['struct __attribute__((packed) a { };', '8-21', "__attribute__ syntax error, mismatched '(' and ')'"],
];

for (const [source, columns, message] of cases) {
  t.test(source, async (t) => {
    const { messages } = parsed(source);
    t.equal(messages.split('\n')[0], `stdin:1:${columns}: ERROR: syntax: ${message}`);
  });
}

t.equal(parsed('begin {\n\tprint(1 2);\n}').messages, "stdin:2:10-11: ERROR: syntax: expected ')'\n    print(1 2);\n            ~\n", 'the excerpt');
t.equal(parsed('begin { 1 = 2; 3++ }').messages.match(/ERROR/g)?.length, 2, 'faults of a tree that parsed are reported together');
t.equal(parsed('').tree?.items.length, 0, 'an empty script parses');
t.equal(parsed('// nothing\n').tree?.items.length, 0, 'so does one with comments only');

const deep = (text: string): string[] => parsed(`begin { $x = ${text}; }`).messages.split('\n').filter((line) => line.includes('ERROR'));
t.same(deep('!'.repeat(900) + '1'), []);
t.match(deep('!'.repeat(20000) + '1'), [/: ERROR: syntax: nested too deeply: more than 1000 levels/]);
t.same(deep('1' + ' + 1'.repeat(900)), []);
t.match(deep('1' + ' + 1'.repeat(20000)), [/nested too deeply: more than 1000/]);
t.match(deep('1 ? 2 : '.repeat(20000) + '3'), [/nested too deeply: more than 1000/]);
t.match(deep('(1, '.repeat(2000) + '1' + ')'.repeat(2000)), [/nested too deeply: more than 1000/]);
t.same(deep('(' + '1 ? 2 : 3, '.repeat(2000) + '4)'), [], 'elements of a tuple are beside each other');
t.same(deep('('.repeat(3000) + '1' + ')'.repeat(3000)), [], 'parentheses make no nodes');
