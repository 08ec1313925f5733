// The table "bpftrace feature → here": each name of bpftrace's reference, and what the records of tbpf have for it.
//
//   in     bpftrace-names.ts; the records in lib/language, the options of the command
//   out    rows for docs/reference.md; nothing is said that a record does not say
import { aggregates } from '../../lib/language/aggregates/index.js';
import { builtins, findBuiltin, isInternal } from '../../lib/language/builtins/index.js';
import { Config, findConfigVariable } from '../../lib/language/config.js';
import { functions } from '../../lib/language/functions/index.js';
import { standardMacroNames } from '../../lib/language/macros/index.js';
import { probeRecords } from '../../lib/language/probes/index.js';
import { optionSpecs, refusalOf } from '../../lib/cli/line/options.js';
import { configNames, forms, functionNames, mapFunctions, oldConfigNames, optionNames, providers, values } from './bpftrace-names.js';

export interface Feature {
  readonly kind: 'probe' | 'value' | 'function' | 'map function' | 'config' | 'old config' | 'option' | 'form';
  readonly name: string;
  /** what tbpf has for it; undefined: it has not */
  readonly here?: string;
  /** what is said to whoever uses it: a refusal, a warning */
  readonly said?: string;
  /** accepted with a warning, and does nothing */
  readonly ignored?: boolean;
}

export function features(): Feature[] {
  return [
    ...Object.entries(providers).flatMap(([name, others]) => [name, ...others].map((given): Feature => ({ kind: 'probe', name: given, here: providerHere(given) }))),
    ...values.map((name): Feature => ({ kind: 'value', name, here: findBuiltin(name) ? 'value' : isMacro(name) })),
    ...functionNames.map((name): Feature => ({ kind: 'function', name, here: functions.has(name) ? 'function' : isMacro(name) })),
    ...mapFunctions.map((name): Feature => ({ kind: 'map function', name, here: aggregates.has(name) ? 'map function' : undefined })),
    ...configNames.map((name): Feature => ({ kind: 'config', name, here: findConfigVariable(name)?.name })),
    ...oldConfigNames.map((name): Feature => ({ kind: 'old config', name, here: findConfigVariable(name)?.name, ...saidAboutSetting(name) })),
    ...optionNames.map(optionFeature),
    ...forms.map(([name, script]): Feature => ({ kind: 'form', name, here: script.replaceAll('\n', ' ↵ ') })),
  ];
}

/** Names of records that bpftrace's reference has not. */
export function onlyHere(): string[] {
  const upstream = new Set([...values, ...functionNames, ...mapFunctions]);
  const known = [...functions.keys(), ...builtins.keys(), ...aggregates.keys(), ...standardMacroNames];
  return [...new Set(known.filter((name) => !isInternal(name) && !upstream.has(name)))].sort();
}

/** Providers may be written in any case, aliases as they are. */
function providerHere(name: string): string | undefined {
  return probeRecords.find((record) => record.name === name.toLowerCase() || record.aliases.includes(name))?.name;
}

const isMacro = (name: string): string | undefined => (standardMacroNames.includes(name) ? 'standard macro' : undefined);

function saidAboutSetting(name: string): Pick<Feature, 'said' | 'ignored'> {
  const { error, warning } = new Config().set(name, name === 'no_cpp_demangle' ? true : 64n, 'script');
  return { said: (error ?? warning)?.text, ignored: error === undefined && warning !== undefined };
}

function optionFeature(name: string): Feature {
  const spec = optionSpecs.find((option) => option.name === name || option.short === name);
  const spelled = name.length === 1 ? `-${name}` : `--${name}`;
  if (spec === undefined) return { kind: 'option', name: spelled };
  const said = refusalOf(spec);
  return { kind: 'option', name: spelled, ...(said === undefined ? { here: spec.doc } : { said }) };
}
