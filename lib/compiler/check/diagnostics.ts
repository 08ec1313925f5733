// What checking says about a script: T codes. Texts are bpftrace's where it has one (language.md 2, 3.4, 4.2, 9.2).

import { diagnostic } from '../../model/diagnostics/diagnostic.js';
import { onlyCommand, onlyLibrary, setting } from '../../model/diagnostics/faces.js';
import { nearest } from '../../model/diagnostics/nearest.js';
import type { Type } from '../../model/types/types.js';

type Name = { name: string };

/** of a struct, to be listed when none is near */
const MOST_FIELDS = 16;

// ---- names
function nameHint({ name, near, isText }: Name & { near?: string; isText?: boolean }): string | false {
  if (isText === true) return `A text stands in double quotes: "${name}".${onlyLibrary(' A value in bpf`…` has them.')}`;
  if (['null', 'NULL', 'undefined', 'nil'].includes(name)) return 'An address that leads nowhere is 0; has_key(@m, key) says whether a map has a key.';
  return near !== undefined && `Did you mean '${near}'?`;
}

/** isText: it is compared with a text */
export const unknownIdentifier = diagnostic<Name & { near?: string; isText?: boolean }>('T0101', {
  message: (a) => `Unknown identifier: '${a.name}'`,
  hint: nameHint,
});
export const unknownFunction = diagnostic<Name & { near?: string }>('T0102', {
  message: (a) => `Unknown function: '${a.name}'`,
  hint: nameHint,
});
export const undefinedMap = diagnostic<Name & { near?: string }>('T0103', {
  message: (a) => `Undefined map: ${a.name}`,
  hint: (a) => (a.near === undefined ? 'A map comes to life when something is written to it.' : `Did you mean '${a.near}'?`),
});
export const undefinedVariable = diagnostic<Name & { why: 'another block' | 'another probe' | 'outside the function' | 'unassigned'; near?: string }>('T0104', {
  message: (a) => `Undefined or undeclared variable: $${a.name}`,
  hint(a) {
    if (a.why === 'another block') return 'A variable lives in the block that first assigns it; declare it with let in an outer block to use it here.';
    if (a.why === 'another probe') return `A variable lives in one probe; a map carries a value to another, for example @${a.name}[tid].`;
    if (a.why === 'outside the function') return `A function has its parameters and its own variables: pass $${a.name} as an argument.`;
    return a.near === undefined ? 'Nothing assigns it.' : `Did you mean '$${a.near}'?`;
  },
});
export const shadowed = diagnostic<Name>('T0105', { message: (a) => `Variable $${a.name} was already declared. Variable shadowing is not allowed.` });
export const loopShadows = diagnostic<Name>('T0106', { message: (a) => `Loop declaration shadows existing variable: $${a.name}` });
export const jumpOutsideLoop = diagnostic<{ jump: string; unit: 'probe' | 'function' }>('T0107', { message: (a) => `'${a.jump}' statement is not allowed in a ${a.unit}` });
export const unassignedVariable = diagnostic<Name>('T0108', { severity: 'warning', message: (a) => `Variable $${a.name} was never assigned to.` });
export const unknownType = diagnostic<Name & { near?: string }>('T0109', {
  message: (a) => `Cannot resolve unknown type "${a.name}"`,
  hint: (a) => (['float', 'double'].includes(a.name) ? 'BPF programs cannot compute with floating-point numbers. A member of such a type has a size and is printed as null.' : a.near !== undefined && `Did you mean '${a.near}'?`),
});
export const unknownStruct = diagnostic<Name & { near?: string }>('T0110', { message: (a) => `Unknown struct/union: '${a.name}'`, hint: (a) => a.near !== undefined && `Did you mean '${a.near}'?` });
export const unknownEnum = diagnostic<Name & { near?: string }>('T0111', { message: (a) => `Unknown enum: ${a.name}`, hint: (a) => a.near !== undefined && `Did you mean '${a.near}'?` });
export const usedBeforeAssigned = diagnostic<Name>('T0113', { severity: 'warning', message: (a) => `Variable used before it was assigned: $${a.name}`, hint: () => 'Until then it is zero, or empty.' });

// ---- maps
export const scalarUsedKeyed = diagnostic<Name>('T0201', { message: (a) => `${a.name} used as a map with an explicit key (non-scalar map), previously used without an explicit key (scalar map)` });
export const keyedUsedScalar = diagnostic<Name>('T0202', { message: (a) => `${a.name} used as a map without an explicit key (scalar map), previously used with an explicit key (non-scalar map)`, hint: (a) => `An element is named with its key: ${a.name}[…]` });
export const mapValueMismatch = diagnostic<Name & { have: string; want: string }>('T0203', { message: (a) => `Type mismatch for ${a.name}: trying to assign value of type '${a.have}' when map already has a type '${a.want}'` });
export const mapKeyMismatch = diagnostic<Name & { have: string; want: string }>('T0204', { message: (a) => `Argument mismatch for ${a.name}: trying to access with arguments: '${a.have}' when map expects arguments: '${a.want}'` });
export const keyWithoutType = diagnostic('T0205', { message: () => 'Invalid map key type: none' });
export const partOfKey = diagnostic<{ type: string }>('T0217', { message: (a) => `${a.type} cannot be part of a map key` });
export const emptyKey = diagnostic<{ type: string }>('T0218', { message: (a) => `Value '${a.type}' cannot be used as a map key.` });
export const notDirectlyAssigned = diagnostic<Name>('T0206', { message: (a) => `${a.name}() must be assigned directly to a map`, hint: (a) => `Write it as the whole right-hand side: @ = ${a.name}(…);` });
export const aggregateCopied = diagnostic<{ type: string; name: string; castable: boolean }>('T0207', {
  message: (a) => `Map value '${a.type}' cannot be assigned from one map to another. The function that returns this type must be called directly e.g. \`@x = ${a.name}(retval);\`.`,
  hint: (a) => a.castable && 'Add a cast to integer if you want the value of the aggregate, e.g. `@x = (int64)@y;`.',
});
export const aggregateToVariable = diagnostic<{ type: string }>('T0208', { message: (a) => `Value '${a.type}' cannot be assigned to a scratch variable.` });
export const aggregateInside = diagnostic<{ type: string; inside: string }>('T0209', { message: (a) => `Map type ${a.type} cannot exist inside a ${a.inside}.` });
export const badMapKind = diagnostic<Name>('T0211', { message: (a) => `Invalid bpf map type: ${a.name}`, hint: () => 'Valid map types: hash, lruhash, percpuhash, percpulruhash' });
export const mapKindMismatch = diagnostic<{ declared: string; needed: string }>('T0212', { message: (a) => `Incompatible map types. Type from declaration: ${a.declared}. Type from value/key type: ${a.needed}` });
export const unusedMap = diagnostic<Name>('T0213', { severity: 'warning', message: (a) => `Unused map: ${a.name}` });
export const boundsDiffer = diagnostic<Name>('T0214', { message: (a) => `Different ${a.name} bounds in a single map unsupported` });
export const bitsDiffer = diagnostic('T0219', { message: () => 'Different bits in a single hist unsupported' });
export const iteratedScalar = diagnostic<Name>('T0215', { message: (a) => `${a.name} has no explicit keys (scalar map), and cannot be used for iteration` });
export const iteratedAggregate = diagnostic<{ type: string }>('T0220', { message: (a) => `Loop expression does not support type: ${a.type}` });
export const notIterable = diagnostic('T0221', { message: () => 'expected map or range in for loop' });
export const badMapSize = diagnostic<{ most: number; size: bigint }>('T0216', {
  message: (a) => `A map has between 1 and ${a.most} elements, not ${a.size}`,
  hint: () => 'A map without a declaration has max_map_keys of them, 4096 by default.',
});

// ---- types
export const variableMismatch = diagnostic<Name & { have: string; want: string }>('T0301', { message: (a) => `Type mismatch for $${a.name}: trying to assign value of type '${a.have}' when variable already has a type '${a.want}'` });
/** joined: one text would be put behind the other */
export const operatorTypes = diagnostic<{ op: string; left: string; right: string; joined: boolean }>('T0302', {
  message: (a) => `The ${a.op} operator can not be used on expressions of types ${a.left}, ${a.right}`,
  hint: (a) => a.joined && 'str_concat($a, $b) puts one text behind the other; printf("%s%s", $a, $b) prints both.',
});
export const unaryType = diagnostic<{ op: string; type: string }>('T0303', { message: (a) => `The ${a.op} operator can not be used on expressions of type '${a.type}'` });
/** address: what is compared with a text, as the script has it, where it may be the text's address */
export const comparisonMismatch = diagnostic<{ op: string; left: string; right: string; address?: string }>('T0304', {
  message: (a) => `Type mismatch for '${a.op}': comparing ${a.left} with ${a.right}`,
  hint: (a) => a.address !== undefined && `The text at an address is read by str(): str(${a.address}).`,
});
export const invalidCondition = diagnostic<{ type: string; string: boolean }>('T0305', {
  message: (a) => `Invalid condition: ${a.type}`,
  hint: (a) => (a.string ? 'Compare the string with another, for example comm == "bash".' : 'A condition is a bool, an integer or a pointer.'),
});
export const branchMismatch = diagnostic<{ left: string; right: string }>('T0306', { message: (a) => `Branches must return the same type or compatible types: have '${a.left}' and '${a.right}'` });
/** kind: that of the type it is cast to; fromBytes, toBytes: of an integer and the array it is cast to */
export const badCast = diagnostic<{ from: string; to: string; kind: Type['kind']; fromBytes?: number; toBytes?: number }>('T0307', {
  message: (a) => `Cannot cast from "${a.from}" to "${a.to}"`,
  hint(a) {
    if (a.fromBytes !== undefined) return `The integer has ${a.fromBytes} bytes, the array ${a.toBytes}: an array takes as many as the integer has, or up to 8 of one that is smaller.`;
    if (a.kind === 'struct') return `A struct is read through a pointer: (${a.to} *)`;
    return a.kind === 'string' && 'str() reads the text at an address.';
  },
});
export const castToUnusable = diagnostic('T0360', {
  message: () => 'Incomplete cast, unknown type',
  hint: () => 'BPF programs cannot compute with floating-point numbers, nor with integers of more than 64 bits.',
});
export const castFromStruct = diagnostic<{ type: string }>('T0308', { message: (a) => `Cannot cast from C type "${a.type}"` });
export const unneededCast = diagnostic<{ type: string }>('T0309', { severity: 'warning', message: (a) => `Unnecessary cast: expression is already of type ${a.type}` });
export const notAPointer = diagnostic<{ type: string; struct: boolean }>('T0310', { message: (a) => (a.struct ? `Can not dereference struct/union of type '${a.type}'. It is not a pointer.` : `Can not dereference type '${a.type}'. It is not a pointer.`) });
export const ambiguousField = diagnostic<{ struct: string; field: string; bases: readonly string[] }>('T0361', {
  message: (a) => `${a.field} of '${a.struct}' is ambiguous: its base classes ${a.bases.join(' and ')} each have a member of that name`,
  hint: (a) => `Cast the address to the base class that is meant: ((struct ${a.bases[0]} *)(address + its offset))->${a.field}.`,
});
export const noSuchField = diagnostic<{ struct: string; field: string; fields: readonly string[] }>('T0311', {
  message: (a) => `Struct/union of type '${a.struct}' does not contain a field named '${a.field}'`,
  hint: (a) => {
    const near = nearest(a.field, a.fields);
    if (near !== undefined) return `Did you mean '${near}'?`;
    if (a.fields.length === 0) return 'None of its fields are known: without the types of the kernel (BTF) a script has to define the struct.';
    return a.fields.length <= MOST_FIELDS && `It has ${a.fields.join(', ')}.`;
  },
});
export const fieldOnOther = diagnostic<{ type: string; field: string; integer: boolean }>('T0312', {
  message: (a) => `Can not access field '${a.field}' on expression of type '${a.type}'`,
  hint: (a) => (a.field === 'length' && a.type.startsWith('string') ? 'strlen() counts the bytes of a text.' : a.integer && 'Cast an address to a pointer to its struct first: ((struct file *)arg0)->f_flags'),
});
export const noRecordField = diagnostic<{ field: string; fields: readonly string[] }>('T0313', { message: (a) => `Record does not contain a field named '${a.field}'`, hint: (a) => `It has ${a.fields.join(', ')}.` });
export const tupleIndexRange = diagnostic<{ index: number; count: number }>('T0314', { message: (a) => `Invalid tuple index: ${a.index}. Found ${a.count} elements in tuple.` });
export const tupleIndexOnOther = diagnostic<{ index: number; type: string; number: boolean }>('T0315', {
  message: (a) => `Can not access index '${a.index}' on expression of type '${a.type}'`, hint: (a) => a.number && 'Numbers have no fractions.',
});
export const indexOnOther = diagnostic<{ type: string }>('T0316', { message: (a) => `The array index operator [] can only be used on arrays, pointers, and tuples, found ${a.type}.` });
export const indexType = diagnostic<{ type: string }>('T0317', { message: (a) => `The array index operator [] only accepts non-negative integer indices. Got: ${a.type}` });
export const indexRange = diagnostic<{ index: bigint; count: number }>('T0318', { message: (a) => `the index ${a.index} is out of bounds for array of size ${a.count}` });
export const indexOnVoid = diagnostic('T0319', { message: () => 'The array index operator [] cannot be used on a pointer to an unsized type (void *).' });
export const flexibleCopy = diagnostic('T0320', { message: () => 'A flexible array member ends the struct: a copy of the struct has none of its elements.', hint: () => 'They are read through a pointer to the struct: $p->array[i]' });
export const invalidDeclaration = diagnostic<{ type: string }>('T0324', { message: (a) => `Invalid variable declaration type: ${a.type}` });
export const signedDivision = diagnostic<{ op: string }>('T0325', { severity: 'warning', message: (a) => `signed operands for '${a.op}' can lead to undefined behavior (cast to unsigned to silence warning)` });
export const distinctPointers = diagnostic<{ left: string; right: string }>('T0326', { severity: 'warning', message: (a) => `comparison of distinct pointer types: ${a.left}, ${a.right}` });
export const operatorOnArrays = diagnostic<{ op: string }>('T0327', { message: (a) => `The ${a.op} operator cannot be used on arrays.` });
export const arraySizesDiffer = diagnostic('T0345', { message: () => 'Only arrays of same size support comparison operators.' });
export const arrayElementsDiffer = diagnostic('T0346', { message: () => 'Only arrays of same sized integer support comparison operators.' });
export const discarded = diagnostic('T0328', { severity: 'warning', message: () => 'Return value discarded.' });
export const commonField = diagnostic('T0329', { message: () => 'BPF does not support accessing common tracepoint fields', hint: () => 'pid, comm and cpu are builtins.' });
export const pointerTag = diagnostic<{ field: string; tag: string }>('T0330', { message: (a) => `Attempting to access pointer field '${a.field}' with unsupported tag attribute: ${a.tag}` });
export const returnType = diagnostic<{ type: string }>('T0331', { message: (a) => `Probe return values can only be integers. Found ${a.type}` });
export const whileDeprecated = diagnostic('T0333', { severity: 'warning', message: () => 'While loops are deprecated and may be removed in the future.', hint: () => 'Use a range loop instead, e.g. for $i : 0..10 { }' });
export const conversion = diagnostic<{ from: string; to: string }>('T0334', { severity: 'warning', message: (a) => `Expression of type: ${a.from} being cast to type: ${a.to}. This may cause unexpected results. Use an explicit cast to suppress this warning.` });
export const addressSpaces = diagnostic('T0341', { severity: 'warning', message: () => 'Addrspace mismatch', hint: () => 'One address is of the kernel, the other of user space; kptr() or uptr() says which is meant.' });
export const stringTooLong = diagnostic<{ limit: number; text: string }>('T0342', { message: (a) => `String is too long (over ${a.limit} bytes): ${a.text}`, hint: () => 'The config variable max_strlen sets the limit.' });
export const valueTooLarge = diagnostic<{ parts: number; bytes: number }>('T0344', {
  message: (a) => `The value is too large: a program handles values of at most ${a.bytes} bytes and ${a.parts} parts`,
  hint: () => 'Read the parts that are wanted where they are wanted, through a pointer or from several maps.',
});
export const unreachableValue = diagnostic('T0343', { severity: 'warning', message: () => 'Unreachable expression; block type is implicitly none.' });
export const rangeBound = diagnostic<{ which: string }>('T0335', { message: (a) => `Loop range requires an integer for the ${a.which} value` });
const unrollRange = (): string => 'The count is a number from 1 to 100.';
export const unrollNotLiteral = diagnostic('T0336', { message: () => 'invalid unroll value', hint: unrollRange });
export const unrollTooMuch = diagnostic('T0347', { message: () => 'unroll maximum value is 100', hint: unrollRange });
export const unrollTooLittle = diagnostic('T0348', { message: () => 'unroll minimum value is 1', hint: unrollRange });
export const enumValue = diagnostic<{ name: string; value: bigint }>('T0337', { message: (a) => `Enum: ${a.name} doesn't contain a variant value of ${a.value}` });
export const needsFeature = diagnostic<{ feature: string; needs: string }>('T0338', { message: (a) => `Missing required kernel feature: ${a.feature}`, feature: (a) => a.needs, hint: () => onlyCommand('tbpf --info lists what this kernel has.') });
export const notInMap = diagnostic<{ type: string }>('T0339', { message: (a) => `Value of type '${a.type}' cannot be stored in a map.` });
export const notInside = diagnostic<{ type: string; inside: string }>('T0349', { message: (a) => `Value '${a.type}' cannot be part of a ${a.inside}.` });
export const arraySizeUnknown = diagnostic('T0340', { message: () => 'Could not determine size of the array' });
export const arraySizeUneven = diagnostic('T0350', { message: () => 'Cannot determine array size: the element size is incompatible with the cast integer size' });
export const tupleIndexLiteral = diagnostic('T0351', { message: () => 'Array-style access for tuples only valid for integer literals' });
export const notInC = diagnostic<{ type: string }>('T0352', { message: (a) => `'${a.type}' is not a C type.` });
export const noOffsetOfField = diagnostic<{ type: string; field: string }>('T0353', { message: (a) => `'${a.type}' has no field named '${a.field}'` });

// ---- calls
export const wrongCount = diagnostic<Name & { count: number; provided: number }>('T0401', { message: (a) => `${a.name}() requires ${argumentsOf(a.count)} (${a.provided} provided)` });
export const tooFewArguments = diagnostic<Name & { least: number; provided: number }>('T0412', { message: (a) => `${a.name}() requires at least ${argumentsOf(a.least)} (${a.provided} provided)` });
export const tooManyArguments = diagnostic<Name & { most: number; provided: number }>('T0413', { message: (a) => `${a.name}() takes up to ${argumentsOf(a.most)} (${a.provided} provided)` });
export const noStringLiteral = diagnostic<Name & { type: string; positional?: number }>('T0402', {
  message: (a) => `${a.name}() expects a string literal (${a.type} provided)`,
  hint: (a) => a.positional !== undefined && `Use str($${a.positional}) to treat $${a.positional} as a string`,
});
export const noIntegerLiteral = diagnostic<Name & { type: string }>('T0414', { message: (a) => `${a.name}() expects a int literal (${a.type} provided)` });
/** accepts: the word for the type that the function takes */
export const wrongArgument = diagnostic<Name & { accepts: 'int' | 'integer' | 'string' | 'pointer'; type: string }>('T0415', {
  message: (a) => `${a.name}() only supports ${a.accepts} arguments (${a.type} provided)`,
});
export const noAddress = diagnostic<Name>('T0416', { message: (a) => `${a.name}() expects an integer or pointer argument` });
export const noMap = diagnostic<Name & { first: boolean }>('T0417', { message: (a) => `${a.name}() expects a map ${a.first ? 'for the first argument' : 'argument'}` });

function allowUnsafe(): string {
  return `${setting('unsafe', 'Run tbpf with --unsafe', 'Give { unsafe: true }')} to allow it.`;
}

/** `one argument` */
function argumentsOf(count: number): string {
  return count === 0 ? 'no arguments' : count === 1 ? 'one argument' : `${count} arguments`;
}

export const noVariable = diagnostic<{ name: string }>('T0418', { message: (a) => `${a.name}() expects a variable for the last argument`, hint: (a) => `${a.name}() puts a value there: give it the name of a variable, as $value.` });
export const unsafeFunction = diagnostic<Name>('T0403', { message: (a) => `${a.name}() is an unsafe function being used in safe mode`, hint: allowUnsafe });
export const notInProbe = diagnostic<Name & { kind: string }>('T0404', { message: (a) => `${a.name} can not be used with "${a.kind}" probes` });
export const notComptime = diagnostic('T0405', {
  message: () => 'Unable to resolve comptime expression',
  hint: () => 'What the compiler can know: literals, sizeof, offsetof, types, config, and what is made of them.',
});
export const comptimeEndless = diagnostic<{ rounds: number }>('T0430', {
  message: (a) => `Type resolution exceeded maximum iterations (${a.rounds}); possible infinite loop in comptime expressions`,
  hint: () => 'A branch that it takes changes the types from which it was computed; give the variable a type with let.',
});
export const printInLoop = diagnostic('T0406', {
  severity: 'warning',
  message: () => "Due to it's asynchronous nature using 'print()' in a loop can lead to unexpected behavior. The map will likely be updated before the runtime can 'print' it.",
  hint: () => 'Print the map once after the loop, or only the element: print($kv).',
});
// bpftrace says '__builtin_retval' for retval, and scripts that read messages look for it
export const notInLoop = diagnostic<Name>('T0407', { message: (a) => `'${a.name}' builtin is not allowed in a for-loop`, hint: () => 'Copy it to a variable before the loop.' });
export const returnsDiffer = diagnostic('T0411', { message: () => 'Return value used in loop is inconsistent', hint: () => 'Give every return of the loop a value, or none.' });
export const jumpInLoop = diagnostic('T0408', { message: () => "'return' statement is not allowed in a for-loop", hint: () => 'exit() leaves the probe, which a loop body cannot; set a variable and test it after the loop.' });
export const unstableFeature = diagnostic<{ feature: string }>('T0409', { message: (a) => `${a.feature} feature is not enabled by default. To enable this unstable feature, set the config flag to enable. unstable_${a.feature}=enable` });
export const unstableWarning = diagnostic<{ feature: string }>('T0410', { severity: 'warning', message: (a) => `Script is using an unstable feature: ${a.feature}. To prevent this warning you must explicitly enable it in the config e.g. unstable_${a.feature}=enable` });

// ---- probes
export const unknownProbeType = diagnostic<Name & { near?: string; known: readonly string[] }>('T0501', {
  message: (a) => `Invalid probe type: ${a.name}`,
  hint: (a) => (a.near === undefined ? typesKnown(a) : `did you mean ${a.near}?`),
});
export const noProbeTypeMatched = diagnostic<Name & { known: readonly string[] }>('T0513', { message: (a) => `No probe type matched for ${a.name}`, hint: typesKnown });
export const oneAttachPoint = diagnostic<Name>('T0514', { message: (a) => `${a.name} probe only supports one attach point.` });
export const onlyProbe = diagnostic<Name>('T0515', { message: (a) => `${a.name} probe must be the only probe of a script.` });

function typesKnown(a: { known: readonly string[] }): string {
  return `The types are ${a.known.join(', ')}.`;
}

export const noMatches = diagnostic<{ what: string; near?: string }>('T0502', {
  message: (a) => `No matches for ${a.what}.`,
  hint: (a) => (a.near === undefined ? onlyCommand('tbpf -l lists the probes of this machine.') : `Did you mean ${a.near}?`),
});
export const noMatchesSkipped = diagnostic<{ what: string; near?: string }>('T0503', {
  severity: 'warning', message: (a) => `No matches for ${a.what}. Skipping.`, hint: (a) => a.near !== undefined && `Did you mean ${a.near}?`,
});
export const noAttachPoints = diagnostic('T0504', { message: () => "Probe has no valid attach points. If this is expected, set the 'missing_probes' config variable to 'warn'.", hint: () => onlyCommand('tbpf -l lists the probes of this machine.') });
export const noAttachPointsRemoved = diagnostic('T0505', { severity: 'warning', message: () => 'Probe has no valid attach points. It is being removed which may cause issues with program behavior.' });
export const nameTaken = diagnostic<Name & { kind: string }>('T0511', { message: (a) => `"${a.name}" was used as the name for more than one ${a.kind} probe` });
export const tooManyProbes = diagnostic<{ count: number; limit: number }>('T0506', {
  message: (a) => `Can't attach to ${a.count} probes because it exceeds the current limit of ${a.limit} probes.`,
  hint: () => `You can increase the limit through ${setting('config', 'the BPFTRACE_MAX_PROBES environment variable', '{ config: { max_probes: … } }')}, but attaching many probes can be slow.`,
});
export const tooManyPrograms = diagnostic<{ count: number; limit: number }>('T0507', {
  message: (a) => `Your program is trying to generate more than ${a.limit} BPF programs, which exceeds the current limit of ${a.limit}`,
  hint: () => `You can increase the limit through ${setting('config', 'the BPFTRACE_MAX_BPF_PROGS environment variable', '{ config: { max_bpf_progs: … } }')}.`,
});

// ---- functions of the script
export const functionTwice = diagnostic<Name>('T0601', { message: (a) => `Redefinition of function: ${a.name}` });
export const functionNameTaken = diagnostic<Name>('T0602', {
  message: (a) => `'${a.name}' is a name of the language: no function of a script can have it`, hint: () => 'Give the function another name.',
});
export const functionRecursion = diagnostic<{ chain: string }>('T0603', {
  message: (a) => `Recursive function call detected. Call chain: ${a.chain}`,
  hint: () => 'The kernel must see that every program ends, so no function can call itself. Write a loop: for $i : 0..N { }',
});
export const parameterTwice = diagnostic<Name>('T0604', { message: (a) => `Two parameters have the name $${a.name}` });
export const parameterType = diagnostic<Name & { type: string }>('T0605', { message: (a) => `Invalid type of parameter $${a.name}: ${a.type}` });
export const resultType = diagnostic<Name & { type: string }>('T0606', { message: (a) => `Function ${a.name} cannot return values of type ${a.type}` });
export const subprogramArguments = diagnostic<Name & { count: number; provided: number }>('T0607', {
  message: (a) => `Function \`${a.name}\` requires ${a.count === 1 ? '1 argument' : `${a.count} arguments`}, got ${a.provided < a.count ? 'only ' : ''}${a.provided}`,
});
export const subprogramArgument = diagnostic<Name & { want: string; have: string }>('T0608', {
  message: (a) => `Expected ${a.want} for argument \`${a.name}\` got ${a.have}`,
});
export const returnMismatch = diagnostic<Name & { want: string; have: string }>('T0609', { message: (a) => `Function ${a.name} is of type ${a.want}, cannot return ${a.have}` });
export const noReturn = diagnostic<Name & { type: string }>('T0610', {
  message: (a) => `Function ${a.name} is of type ${a.type}, but it can end without a return`,
  hint: () => 'Write `return` as its last statement, or in both branches of its last if.',
});
export const outsideProbe = diagnostic<Name>('T0611', {
  message: (a) => `Builtin ${a.name} not supported outside probe`, hint: (a) => `A function can be called by any probe: read ${a.name} in the probe and pass it as an argument.`,
});

// ---- functions of imported objects
export const externalParameter = diagnostic<Name & { file: string; parameter: string; type: string }>('T0612', {
  message: (a) => `Parameter ${a.parameter} of ${a.name}() in ${a.file} has type ${a.type}: functions of objects are called with numbers only`,
  hint: () => 'Declare it as unsigned long, and read what is at an address with bpf_probe_read_kernel() or bpf_probe_read_user().',
});
export const externalResult = diagnostic<Name & { file: string; type: string }>('T0613', {
  message: (a) => `${a.name}() in ${a.file} returns ${a.type}: functions of objects return a number`,
  hint: () => 'The kernel demands this of functions that are not static.',
});
export const externalUnsafe = diagnostic<Name & { file: string; call: string }>('T0614', {
  message: (a) => `${a.name}() is a function of ${a.file}, which calls ${a.call}() and is being used in safe mode`, hint: allowUnsafe,
});
