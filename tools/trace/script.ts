// Probes of trace as one script.
//
//   in     probe texts of the command line, what the options ask for
//   out    a script that sends `emit("probeN", …)` for each hit of probe N; how the values of a record become the text of a line
//   facts  fields of a record: ns (since boot), pid, tid, comm, cpu, uid, v0 to vN, kernel and user stack

import grammar from './grammar.generated.js';
import { parseProbe, type Grammar } from '../probes/parse.js';
import { placeOf, type Parts, type Place, type PlaceOptions } from '../probes/place.js';
import { explained, ProbeProblem } from '../probes/problem.js';
import { namesOfWords } from '../probes/names.js';
import { probeScope } from '../probes/scope.js';
import { namesIn, translate } from '../probes/translate.js';
import { marked, unmark, type MarkedScript } from '../probes/marks.js';
import type { Expression, Parameter, Span } from '../probes/tree.js';
import { predicate as predicateText } from '../shared/script-text.js';
import { parseFormat, valueText, type Conversion, type Format } from './format.js';

interface ProbeTree {
  readonly place: Parts;
  readonly signature: (Span & { readonly parameters: readonly Parameter[] }) | undefined;
  readonly predicate: Expression | undefined;
  readonly action: { readonly format: Extract<Expression, { kind: 'string' }>; readonly values: readonly Expression[] } | undefined;
}

export interface ScriptOptions extends PlaceOptions {
  readonly stringBytes: number;
  readonly binary: boolean;
  readonly kernelStack: boolean;
  readonly userStack: boolean;
  /** all must hold */
  readonly conditions: readonly string[];
  /** more fields of each record: `, name = value` */
  readonly fields: string;
  /** C definitions, before everything else */
  readonly definitions: string;
}

export interface Probe {
  readonly text: string;
  readonly place: Place;
  /** what stands in the column FUNC */
  readonly shown: string;
  readonly format: Format | undefined;
}

export interface TraceScript extends MarkedScript {
  readonly probes: readonly Probe[];
}

/** @throws ProbeTextError */
export function traceScript(texts: readonly string[], options: ScriptOptions): TraceScript {
  const translated = texts.map((text, i) => explained('error in probe', text, () => translateProbe(text, i, options)));
  const script = unmark([...(options.definitions === '' ? [] : [options.definitions]), ...translated.map(({ script }) => script)].join('\n'));
  return { ...script, probes: translated.map(({ probe }) => probe) };
}

function translateProbe(text: string, index: number, options: ScriptOptions): { readonly probe: Probe; readonly script: string } {
  const { place: parts, signature, predicate, action } = parseProbe<ProbeTree>(text, 'trace', grammar as unknown as Grammar);
  if (signature && ['t', 'u'].includes(parts[0]?.text ?? '') && parts.length > 2) throw new ProbeProblem("USDT and tracepoint probes can't have a function signature; use arg1, arg2, ... instead", signature);
  const place = placeOf(parts, options);
  const values = action?.values ?? [];
  const scope = probeScope({
    probe: index, place, parameters: signature?.parameters, stringBytes: options.stringBytes, binary: options.binary, own: names,
    atReturn: 'Trace the entry (p); of a kernel function name the parameter as the kernel does, without a signature.',
    used: [...(predicate ? [predicate] : []), ...values].flatMap(namesIn),
  });
  const parsed = action && parseFormat(action.format.value, action.format);
  const format = parsed && { ...parsed, conversions: parsed.conversions.map((each, i) => withNames(each, values[i], signature?.parameters ?? [])) };
  if (format && format.conversions.length !== values.length) {
    throw new ProbeProblem(`the format has ${counted(format.conversions.length, 'conversion')}, and ${counted(values.length, 'value')} behind it`, values.at(-1) ?? action.format);
  }
  const fields = [
    'ns = nsecs', 'pid = pid', 'tid = tid', 'comm = comm', 'cpu = cpu', 'uid = uid',
    ...(format?.conversions.map((conversion, i) => `v${i} = ${valueText(conversion, values[i]!, scope)}`) ?? []),
    ...(options.kernelStack ? ['kernel_stack = kstack'] : []), ...(options.userStack ? ['user_stack = ustack'] : []),
  ];
  const conditions = [...options.conditions, ...(predicate ? [translate(predicate, scope)] : [])];
  return {
    probe: { text, place, format, shown: place.type === 't' ? place.event : place.name },
    script: `${marked(scope.attachPoint, index, place)}${predicateText(conditions)}\n{\n  emit("probe${index}", (${fields.join(', ')}${options.fields}));\n}\n`,
  };
}

/** %T of a value whose type is declared by a word that stands for flags. */
function withNames(conversion: Conversion, value: Expression | undefined, parameters: readonly Parameter[]): Conversion {
  const type = value?.kind === 'cast' ? value.type : value?.kind === 'name' ? parameters.find(({ name }) => name === value.name)?.type : undefined;
  const known = conversion.form === 'T' && type !== undefined ? namesOfWords(type) : undefined;
  return known === undefined ? conversion : { ...conversion, names: known };
}

const names: Readonly<Record<string, string>> = { $pid: 'tid', $tgid: 'pid', $uid: 'uid', $gid: 'gid', $cpu: 'cpu', $task: 'curtask', $comm: 'comm' };

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
