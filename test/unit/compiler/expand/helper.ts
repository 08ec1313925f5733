// What tests of this room share.

import { type ExpandOptions, type Expanded, expand } from '../../../../lib/compiler/expand/index.js';
import { KernelTypes } from '../../../../lib/language/kernel-types.js';
import * as parser from '../../../../lib/compiler/parse/index.js';
import { DiagnosticList } from '../../../../lib/model/diagnostics/diagnostic.js';
import { renderDiagnostics } from '../../../../lib/model/diagnostics/render.js';
import { Source } from '../../../../lib/model/source/source.js';
import { formatScript } from '../../../../lib/model/syntax/print.js';

export interface Outcome {
  readonly expanded: Expanded | undefined;
  /** the script after expansion on one line */
  readonly script: string;
  /** rendered */
  readonly messages: string;
}

export function run(text: string, options: Partial<ExpandOptions> = {}): Outcome {
  const target = options.target ?? { btf: undefined, kernelRelease: '6.12.5-amd64' };
  const list = new DiagnosticList();
  const tree = parser.parse(new Source('stdin', text), list.report);
  const expanded = tree && expand(tree, { target, kernelTypes: new KernelTypes(target), parser, report: list.report, ...options });
  const script = expanded ? formatScript({ ...expanded.tree, definitions: [] }).replace(/\/\*.*?\*\//g, '').replace(/\s+/g, ' ').trim() : '';
  return { expanded, script, messages: renderDiagnostics(list.all) };
}

/** The statements of a `begin` probe after expansion. */
export function statements(text: string, options: Partial<ExpandOptions> & { before?: string } = {}): string {
  const { script, messages } = run(`${options.before ?? ''} begin { ${text} }`, options);
  const body = /^begin \{ ?(.*?) ?\}$/.exec(script);
  return (body ? body[1]! : script) + messages;
}

/** First lines of all messages. */
export function headlines(text: string, options: Partial<ExpandOptions> = {}): string[] {
  return run(text, options).messages.split('\n').filter((line) => /(?:ERROR|WARNING): |^HINT/.test(line));
}
