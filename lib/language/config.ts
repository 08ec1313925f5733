// Config variables: `config = { … }` in a script and BPFTRACE_… in the environment (language.md 8.9).

import type { Message } from '../model/diagnostics/diagnostic.js';
import { nearest } from '../model/diagnostics/nearest.js';
import { environmentOnlySetting, noNumber, noTruth, noneOfWords, numberOutOfRange, renamedSetting, settingWithoutEffect, unknownSetting, unknownWord } from './diagnostics.js';

export interface ConfigVariable {
  readonly name: string;
  readonly doc: string;
  readonly defaultValue: string | number | boolean;
  readonly values?: readonly string[];
  /** of numbers: the least and the greatest */
  readonly range?: readonly [least: number, greatest: number];
  /** names that mean the same value (`1` for enable …) */
  readonly kind: 'number' | 'bool' | 'word' | 'unstable' | 'cache' | 'text';
}

const U32_MAX = 0xffff_ffff;
/** As long as one argument of a program may be (MAX_ARG_STRLEN). Programs load with a few strings of four times that; then copying
 *  them takes more than the million instructions that verifiers follow. */
const MOST_STRLEN = 128 * 1024;
/** what precedes the bytes of buf() is 4 bytes */
const LEAST_STRLEN = 4;
/** A ring buffer has 2 GiB at most: its size is a power of two in 32 bits. */
const MOST_RING_PAGES = 512 * 1024;
/** V8's strings have at most 512 MiB. */
const MOST_CAT_BYTES = 256 * 1024 * 1024;
/** BPF_PROG_LOAD's log_size: kernel/bpf/log.c */
const LOG_BYTES = [128, 0x3fff_ffff] as const;

const number = (name: string, defaultValue: number, doc: string, range: ConfigVariable['range'] = [0, U32_MAX]): ConfigVariable => ({ name, defaultValue, doc, range, kind: 'number' });
const flag = (name: string, defaultValue: boolean, doc: string): ConfigVariable => ({ name, defaultValue, doc, kind: 'bool' });
const word = (name: string, defaultValue: string, values: readonly string[], doc: string): ConfigVariable => ({ name, defaultValue, values, doc, kind: 'word' });
const unstable = (name: string, defaultValue: string): ConfigVariable => ({ name, defaultValue, values: ['enable', 'warn', 'error'], doc: 'whether this unstable feature may be used', kind: 'unstable' });

export const configVariables: readonly ConfigVariable[] = [
  { name: 'cache_user_symbols', defaultValue: 'PER_PID', values: ['PER_PID', 'PER_PROGRAM', 'NONE'], doc: 'how long symbols of user processes are kept', kind: 'cache' },
  flag('cpp_demangle', true, 'demangle C++ names in user symbols'),
  flag('lazy_symbolication', true, 'accepted for compatibility: addresses are always named when they are printed'),
  word('license', 'GPL', ['GPL', 'GPL v2', 'GPL and additional rights', 'Dual BSD/GPL', 'Dual MIT/GPL', 'Dual MPL/GPL'], 'license the program is loaded under'),
  number('log_size', 1000000, 'bytes kept of the verifier log', LOG_BYTES),
  number('max_bpf_progs', 1024, 'most BPF programs one script may need'),
  number('max_cat_bytes', 10240, 'most bytes cat() prints', [0, MOST_CAT_BYTES]),
  number('max_map_keys', 4096, 'elements of a keyed map', [1, U32_MAX]),
  number('max_probes', 1024, 'most probes one script may attach to'),
  number('max_strlen', 1024, 'bytes of a string read by str()', [LEAST_STRLEN, MOST_STRLEN]),
  word('missing_probes', 'error', ['ignore', 'warn', 'error'], 'what to do with an attach point that matches nothing'),
  number('on_stack_limit', 32, 'larger objects go to per-CPU scratch memory'),
  flag('percentiles', false, 'print p50, p90 and p99 with histograms'),
  number('perf_rb_pages', 0, 'pages of the ring buffer; 0: by free memory', [0, MOST_RING_PAGES]),
  flag('print_maps_on_exit', true, 'print all maps at the end'),
  flag('show_debug_info', false, 'files and lines in stacks: of JavaScript that has source maps'),
  word('stack_mode', 'bpftrace', ['bpftrace', 'raw', 'perf', 'build_id'], 'form of kstack and ustack'),
  { name: 'str_trunc_trailer', defaultValue: '..', doc: 'appended to strings that were cut', kind: 'text' },
  flag('use_blazesym', true, 'accepted for compatibility'),
  unstable('unstable_tseries', 'warn'),
  unstable('unstable_dw_ustack', 'warn'),
  unstable('unstable_typeinfo', 'error'),
  unstable('unstable_import_statement', 'error'),
];

const renamed: Readonly<Record<string, string>> = { strlen: 'max_strlen', no_cpp_demangle: 'cpp_demangle', cat_bytes_max: 'max_cat_bytes', map_keys_max: 'max_map_keys' };
const withoutEffect = new Set(['symbol_source', 'max_type_res_iterations', 'unstable_addr', 'unstable_import', 'unstable_macro', 'unstable_map_decl']);
const environmentOnly = new Set(['btf', 'kernel_build', 'kernel_source', 'vmlinux']);
const variableByName = new Map(configVariables.map((v) => [v.name, v]));

/** The variable that a key means, written in any case and with or without BPFTRACE_. */
export function findConfigVariable(key: string): ConfigVariable | undefined {
  const plain = key.toLowerCase().replace(/^bpftrace_/, '');
  return variableByName.get(renamed[plain] ?? plain);
}

/** The values that are in force. Environment settings win over the script's. */
export class Config {
  private readonly values = new Map<string, string | number | boolean>();
  private readonly fixed = new Set<string>();

  constructor() {
    for (const v of configVariables) this.values.set(v.name, v.defaultValue);
  }

  number(name: string): number {
    return this.values.get(name) as number;
  }

  bool(name: string): boolean {
    return this.values.get(name) as boolean;
  }

  text(name: string): string {
    return String(this.values.get(name));
  }

  toJSON(): Record<string, string | number | boolean> {
    return Object.fromEntries(this.values);
  }

  /** Sets one variable. `key` may be in any case and carry BPFTRACE_.
   * @returns what is wrong (`error`) or worth saying (`warning`) */
  set(key: string, value: string | bigint | boolean, from: 'script' | 'environment'): { error?: Message; warning?: Message } {
    const plain = key.toLowerCase().replace(/^bpftrace_/, '');
    if (environmentOnly.has(plain)) return from === 'environment' ? {} : { error: environmentOnlySetting.with(noSetting(key)) };
    if (withoutEffect.has(plain)) return { warning: settingWithoutEffect.with({ key: plain }) };
    const name = renamed[plain] ?? plain;
    const variable = variableByName.get(name);
    if (!variable) return { error: unknownSetting.with(noSetting(key)) };
    const warning = name === plain ? undefined : renamedSetting.with({ key: plain, name });
    const parsed = parseValue(key, variable, plain === 'no_cpp_demangle' ? invert(value) : value);
    if ('error' in parsed) return parsed;
    if (from === 'environment') this.fixed.add(name);
    else if (this.fixed.has(name)) return { warning };
    this.values.set(name, parsed.value);
    return { warning };
  }

  /** Takes BPFTRACE_… variables. @returns what is wrong, and what is worth saying */
  readEnvironment(environment: Readonly<Record<string, string | undefined>>): { errors: string[]; warnings: string[] } {
    const errors: string[] = [];
    const warnings: string[] = [];
    for (const [key, value] of Object.entries(environment)) {
      if (!key.startsWith('BPFTRACE_') || value === undefined) continue;
      const name = key.slice('BPFTRACE_'.length).toLowerCase();
      if (!variableByName.has(name) && !(name in renamed)) continue;
      const { error, warning } = this.set(key, value, 'environment');
      if (error) errors.push(error.text);
      if (warning) warnings.push(warning.text);
    }
    return { errors, warnings };
  }
}

function noSetting(key: string): Parameters<typeof unknownSetting.with>[0] {
  const known = configVariables.map((v) => v.name);
  return { key, near: nearest(key.toLowerCase(), known), known };
}

function invert(value: string | bigint | boolean): string | bigint | boolean {
  const truth = parseBool(value);
  return truth === undefined ? value : !truth;
}

function parseBool(value: string | bigint | boolean): boolean | undefined {
  const text = String(value).toLowerCase();
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  return undefined;
}

function parseValue(key: string, variable: ConfigVariable, value: string | bigint | boolean): { value: string | number | boolean } | { error: Message } {
  const setting = { key, ...variable };
  const text = String(value);
  const values = variable.values ?? [];
  switch (variable.kind) {
    case 'number': {
      if (typeof value === 'boolean' || !/^(0[xX][0-9a-fA-F]+|0[bB][01]+|\d+)$/.test(text)) return { error: noNumber.with({ ...setting, given: text }) };
      const [least, greatest] = variable.range!;
      const parsed = BigInt(text);
      return parsed < least || parsed > greatest ? { error: numberOutOfRange.with({ ...setting, least, greatest, given: text }) } : { value: Number(parsed) };
    }
    case 'bool': {
      const truth = parseBool(value);
      return truth === undefined ? { error: noTruth.with(setting) } : { value: truth };
    }
    case 'word': {
      if (values.includes(text)) return { value: text };
      const isListed = variable.name === 'missing_probes' || variable.name === 'stack_mode';
      return { error: isListed ? noneOfWords.with({ ...setting, of: variable.name, values }) : unknownWord.with({ ...setting, given: text, values }) };
    }
    case 'cache': {
      const word = text === '0' ? 'NONE' : text === '1' ? 'PER_PID' : text;
      return values.includes(word) ? { value: word } : { error: noneOfWords.with({ ...setting, of: variable.name, values }) };
    }
    case 'unstable': {
      const truth = parseBool(value);
      if (truth !== undefined) return { value: truth ? 'enable' : 'error' };
      if (values.includes(text)) return { value: text };
      return { error: noneOfWords.with({ ...setting, of: 'unstable config', values }) };
    }
    case 'text': return { value: text };
  }
}
