// What expansion reports: X codes.
//
//   facts  wording: the texts quoted in language.md 1.9 (macros), 1.11 (imports), 1.13 (C definitions), 1.15, 1.16

import { diagnostic, type DiagnosticKind } from '../../model/diagnostics/diagnostic.js';
import { onlyCommand, setting } from '../../model/diagnostics/faces.js';

const fixed = (code: string, message: string): DiagnosticKind<object> => diagnostic<object>(code, { message: () => message });
const about = (code: string, message: (text: string) => string): DiagnosticKind<{ text: string }> =>
  diagnostic<{ text: string }>(code, { message: ({ text }) => message(text) });
const named = (code: string, message: (name: string) => string): DiagnosticKind<{ name: string }> =>
  diagnostic<{ name: string }>(code, { message: ({ name }) => message(name) });

// ---- positional parameters -------------------------------------------------------------------------------------

export const missingParameter = diagnostic<{ index: number }>('X0001', {
  severity: 'warning',
  message: ({ index }) => `Positional parameter $${index} is empty or not provided. `,
});
export const parameterInProbe = diagnostic<{ text: string }>('X0005', {
  message: ({ text }) => `${text} is part of a probe, which a program that is kept in a file has to know`,
  hint: () => setting('parameters', 'Give parameters when it is built: tbpf build SCRIPT -o FILE PARAMETER…', 'Give compile() the option parameters.'),
});
export const trailingCharacter = diagnostic<{ character: string; text: string }>('X0002', {
  message: ({ character, text }) =>
    `invalid trailing character for positional param: ${character}. Try quoting this entire part if this is intentional e.g. "${text}".`,
});
/** in attach points; elsewhere the lexer says so */
export const parameterOutOfRange = about('X0004', (text) => `param ${text} is out of integer range [1, 9223372036854775807]`);

// ---- named parameters ------------------------------------------------------------------------------------------

export const getoptArguments = fixed('X0060', "The 'getopt' function can take a maximum of three arguments and a minimum of one argument.");
export const getoptName = fixed('X0061', "First argument to 'getopt' must be a string literal.");
export const getoptDefault = fixed('X0062', "Second argument to 'getopt' must be a string literal, integer literal, or a boolean literal.");
export const getoptDescription = fixed('X0063', "Third argument to 'getopt' must be a string literal.");
export const getoptBadName = diagnostic<{ name: string }>('X0064', {
  message: ({ name }) => `Nobody could give a command line option named '${name}'`,
  hint: () => `A name has no blanks and no =, and does not begin with a dash: getopt("max-ms", 5) is given as ${setting('namedParameters', '--max-ms=5', "namedParameters: { 'max-ms': 5 }")}.`,
});
export const getoptDefaultsDiffer = diagnostic<{ name: string; previous: string }>('X0065', {
  message: ({ name, previous }) => `Command line option '${name}' needs to have the same default value in all places it is used. Previous default value: ${previous}`,
  hint: () => 'Call it once and keep the value, or wrap the call in a macro.',
});
export const getoptDescriptionsDiffer = named('X0066', (name) => `Command line option '${name}' must have the same description in all places it's used. Hint: You can wrap it in a macro`);

// ---- statements ------------------------------------------------------------------------------------------------

export const unreachable = diagnostic<object>('X0003', { severity: 'warning', message: () => 'Unreachable statement.' });

// ---- C definitions ---------------------------------------------------------------------------------------------

export const missingHeader = diagnostic<{ name: string }>('X0010', {
  message: ({ name }) => `'${name}' file not found`,
  hint: () => `headers of the kernel are not needed where it has BTF; others are looked for next to the script${onlyCommand(' and in the directories given by -I')}`,
});
export const badInclude = fixed('X0011', 'expected "FILENAME" or <FILENAME>');
export const includeDepth = named('X0012', (name) => `#include nested too deeply: ${name}`);
export const unterminatedConditional = fixed('X0013', 'unterminated conditional directive');
export const strayConditional = about('X0014', (text) => `#${text} without #if`);
export const badCondition = fixed('X0015', 'invalid expression in preprocessor condition');
export const badDefine = fixed('X0016', 'macro name must be an identifier');
export const errorDirective = about('X0017', (text) => text);
export const unknownDirective = about('X0018', (text) => `invalid preprocessing directive '#${text}'`);
export const badDefinition = about('X0019', (text) => `C definition: ${text}`);
export const redefinition = named('X0020', (name) => `redefinition of '${name}'`);
export const duplicateMember = named('X0023', (name) => `duplicate member '${name}'`);
export const unusableDefine = about('X0021', (text) => `unable to expand macro as an expression: ${text}`);
export const defineRecursion = about('X0022', (text) => `Macro recursion: ${text}`);

// ---- macros ----------------------------------------------------------------------------------------------------

export const macroRedefinition = named('X0030', (name) => `Redefinition of macro: ${name}`);
export const functionLikeMacro = diagnostic<{ name: string }>('X0024', {
  message: ({ name }) => `'${name}' is the name of a macro: no function can have it`, hint: () => 'Give the function another name.',
});
export const macroRecursion = about('X0031', (text) => `Recursive macro call detected. Call chain: ${text}`);
/** standard: how the standard macros of the name are called */
export const noMatchingMacro = diagnostic<{ name: string; standard: readonly string[] }>('X0032', {
  message: ({ name }) => `Call to ${name}() has arguments that do not match any definition.`,
  hint: ({ standard }) => standard.length > 0 && `It is called as ${standard.join(' or ')}.`,
});
export const unhygienicMap = named('X0033', (name) => `Unhygienic access to map: ${name}. Maps must be passed into the macro as arguments.`);
export const shadowsArgument = named('X0034', (name) => `Variable declaration shadows macro arg $${name}`);
export const argumentReused = named('X0035', (name) => `Variable for macro argument has already been used: $${name}`);
export const jumpInMacro = about('X0036', (text) => `'${text}' statement is not allowed in a macro`);
export const typeArgument = fixed('X0037',
  'When used as a call argument, `typeof` builtin only valid for macro calls that are expecting a type parameter');

export const tooManyLevels = diagnostic<{ name: string; limit: number }>('X0039', {
  message: ({ name, limit }) => `${name} goes through more than ${limit} others until its value is reached`,
  hint: () => 'Write the value itself.',
});

export const tooLarge = diagnostic<{ limit: number }>('X0038', {
  message: ({ limit }) => `The probe is too large: with macros, #define and unroll carried out it has more than ${limit} parts`,
  hint: () => 'A BPF program has room for less. The body of a loop (for $i : 0..100 { }) is there once, however often it runs.',
});

export const tooManyMaps = diagnostic<{ count: number; limit: number }>('X0057', {
  message: ({ count, limit }) => `The probe names ${count} maps, tbpf looks at ${limit} at most, and the kernel allows a program 64`,
  hint: () => 'Use one map with a key for several: @a["x"] and @a["y"] for @x and @y.',
});

// ---- imports ---------------------------------------------------------------------------------------------------

export const missingImport = diagnostic<{ checked: readonly string[] }>('X0050', {
  message: () => 'Unable to find suitable path for import',
  hint: ({ checked }) => checked.length > 0 && `checked: ${checked.join(', ')}`,
});
export const unknownImport = about('X0051', (text) => `unknown import type: ${text}`);
export const writableImport = about('X0052', (text) => `cowardly refusing to import from a directory with global write permissions: ${text}`);
export const unusableImport = diagnostic<{ text: string }>('X0056', {
  message: ({ text }) => `cowardly refusing to import: ${text}`, hint: () => 'An import is a file that only its owner can write to, or a folder with such files.',
});
export const configInImport = fixed('X0053', 'invalid `config` within import');
export const statementImport = fixed('X0054',
  'Import statements that are not at the top level are primarily for the standard library. '
  + 'If this is functionality you need, please file an issue to explain why.');
export const notAnObject = diagnostic<{ text: string }>('X0055', {
  message: ({ text }) => `${text} is no BPF object with types`,
  hint: () => 'Compile it with types: clang -O2 -g -target bpf -c NAME.bpf.c -o NAME.bpf.o',
});
export const uncompiledImport = diagnostic<{ text: string; advice: string }>('X0058', {
  message: ({ text }) => `BPF C cannot be imported: ${text}`, hint: ({ advice }) => `${advice} An object needs no compiler: clang -O2 -g -target bpf -c NAME.bpf.c -o NAME.bpf.o`,
});
export const noLinker = diagnostic<{ name: string; file: string }>('X0059', {
  message: ({ name, file }) => `${name}() is a function of ${file}, and libbpf's linker is not here`,
  hint: () => "The linker is part of tbpf's addon: trace() and the command tbpf have it, compile() without Node has not.",
});
export const unlinkable = diagnostic<{ files: readonly string[]; text: string }>('X0067', {
  message: ({ files, text }) => `libbpf's linker refuses ${files.join(', ')}: ${text}`,
  hint: () => 'Objects that are linked have the same license, and no two functions or maps of one name.',
});
export const cannotFollow = diagnostic<{ missing: readonly string[] }>('X0068', {
  message: ({ missing }) => `This kernel cannot say which processes descend from another: it has no raw tracepoint ${missing.join(', ')} with types`,
  hint: () => `Leave out ${setting('follow', '--follow', 'the option follow')}, and filter by pid. The kernel must be built with CONFIG_DEBUG_INFO_BTF.`,
});
