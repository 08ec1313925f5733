// What the parser reports: P codes.
//
//   facts  wording: language.md 9.2 "parser" and the texts quoted in section 1; every one starts with `syntax: ` (1.1)

import { diagnostic, type DiagnosticKind } from '../../model/diagnostics/diagnostic.js';
import { onlyLibrary } from '../../model/diagnostics/faces.js';

/** A message with nothing to fill in. */
const fixed = (code: string, message: string, hint?: string): DiagnosticKind<object> =>
  diagnostic<object>(code, { message: () => `syntax: ${message}`, hint: () => hint });

/** A message about one piece of text. */
const about = (code: string, message: (text: string) => string, hint?: (text: string) => string | undefined): DiagnosticKind<{ text: string }> =>
  diagnostic<{ text: string }>(code, { message: ({ text }) => `syntax: ${message(text)}`, hint: ({ text }) => hint?.(text) });

const VARIABLES = 'Variables begin with $.';
const LOOPS = 'A loop is over a map, for ($kv : @m) { }, or a range, for $i : 0..10 { }';

// ---- words -----------------------------------------------------------------------------------------------------

/** goesOn: behind its line */
export const unterminatedString = diagnostic<{ goesOn: boolean }>('P0001', {
  message: () => 'syntax: unterminated string',
  hint: ({ goesOn }) => goesOn && `${String.raw`A string ends on its line: \n in it is a line break.`}${onlyLibrary(String.raw` In a template of JavaScript write \\n, or bpf before the template.`)}`,
});
export const unterminatedComment = fixed('P0002', 'unterminated comment');
export const invalidEscape = about('P0003', (text) => `invalid escape character '${text}'`, () => String.raw`Escapes are \n \t \r \" \\, octal \033 and hex \x1b.`);
export const octalOutOfRange = about('P0004', (text) => `octal escape sequence out of range '${text}'`);
export const invalidHexEscape = fixed('P0005', 'invalid hex escape sequence');
export const trailingUnderscore = fixed('P0006', 'trailing underscore in integer literal');
export const invalidSuffix = about('P0007', (text) => `invalid integer suffix '${text}'`,
  (text) => (/^[bB][01_]+$/.test(text) ? 'Numbers are decimal, hex (0x) or octal (0).' : 'Suffixes are ns us ms s m h d for durations, and u ul ull l ll.'));
export const badCoefficient = about('P0008', (text) => `coefficient part of scientific literal must be 1-9: ${text}`, () => 'Write one digit before the e, as in 1e6, or the whole number.');
export const integerOverflow = diagnostic<{ text: string; maximum: bigint }>('P0009', {
  message: ({ text, maximum }) => `syntax: overflow error, maximum value is ${maximum}: ${text}`,
});
export const trailingBytes = about('P0010', (text) => `invalid trailing bytes: ${text}`, () => 'A number that begins with 0 is octal.');
export const invalidInteger = about('P0011', (text) => `invalid integer: ${text}`);
export const positionalOutOfRange = about('P0012', (text) => `param ${text} is out of integer range [1, 9223372036854775807]`);
export const nameAfterDollar = fixed('P0013', "expected identifier after '$'");
export const attributeMismatch = fixed('P0014', "__attribute__ syntax error, mismatched '(' and ')'");

// ---- what was expected -----------------------------------------------------------------------------------------

export const unexpectedInput = fixed('P0020', 'unexpected input');
export const unexpectedInBlock = fixed('P0021', 'unexpected input in block');
export const expectedExpression = fixed('P0022', 'expected expression');
export const expectedText = about('P0023', (text) => `expected '${text}'`);
export const expectedAfterElse = fixed('P0024', "expected '{' or 'if' after 'else'");
export const expectedMacroName = fixed('P0025', 'expected macro name');
export const expectedFunctionName = fixed('P0026', 'expected function name');
export const expectedTypeName = fixed('P0027', 'expected type name');
export const expectedVariableAfterLet = fixed('P0028', "expected variable after 'let'", VARIABLES);
export const expectedFieldName = fixed('P0029', "expected field name after '.'");
export const expectedMaxEntries = fixed('P0031', 'expected positive integer for map declaration max entries');
export const expectedConfigKey = fixed('P0032', 'expected config key');
export const expectedConfigValue = fixed('P0033', 'expected string, int, boolean, or ident');
export const expectedAttachPoint = fixed('P0035', 'expected attach point');
export const expectedPredicateEnd = fixed('P0036', "expected '/' to close predicate");
export const expectedImportPath = fixed('P0037', "expected string after 'import'");
export const expectedImportEnd = fixed('P0038', "expected ';' after import");
export const expectedLoopVariable = fixed('P0039', 'expected variable in for loop', LOOPS);
export const expectedIterable = fixed('P0040', 'expected map or range in for loop', LOOPS);
export const expectedParameter = fixed('P0041', 'expected macro parameter');
export const expectedMapKind = fixed('P0042', 'expected map type in map declaration', 'Valid map types: hash, lruhash, percpuhash, percpulruhash');

// ---- order and shape -------------------------------------------------------------------------------------------

export const lateDefinition = fixed('P0050', 'C definitions must appear before probes and functions');
export const lateConfig = fixed('P0051', 'config must appear before probes and functions');
export const duplicateConfig = fixed('P0052', 'duplicate config block');
export const lateImport = fixed('P0053', 'root imports must appear before probes and functions');
export const rootLet = fixed('P0054', 'root-level let statements need to be map declarations, e.g. let @a = hash(2);');
export const invalidTarget = diagnostic<{ name?: string }>('P0055', {
  message: () => 'syntax: invalid assignment target',
  hint: ({ name }) => (name === undefined ? 'Only variables, maps and map elements can be assigned to.' : `Did you mean the variable $${name} or the map @${name}?`),
});
export const immutableTarget = fixed('P0056', 'Tuples and records are immutable once created. Consider creating a new value and assigning it instead.');
export const invalidStep = fixed('P0057', 'increment/decrement requires a variable or map');
export const invalidAddressOf = fixed('P0058', 'address-of operator (&) can only be used on a map or variable');
export const duplicateArgument = about('P0059', (text) => `Named argument list already contains name: ${text}`);
export const builtinAsParameter = about('P0060', (text) => `builtin '${text}' can't be used as a macro argument`);
export const tooDeep = diagnostic<{ limit: number }>('P0061', {
  message: ({ limit }) => `syntax: nested too deeply: more than ${limit} levels of brackets, operators or else`,
  hint: () => 'Divide it: a part of an expression can be kept in a variable, and a map with a key says in one line what many comparisons do.',
});
export const tooManyWords = diagnostic<{ limit: number }>('P0062', {
  message: ({ limit }) => `syntax: the script is too long: it has more than ${limit} words`,
  hint: () => 'Divide it into several scripts, or write for $i : 0..N { } where statements repeat.',
});
