// Lowers parts of a small script, for tests of single files of the room.

import { check } from '../../../../lib/compiler/check/index.js';
import { expand } from '../../../../lib/compiler/expand/index.js';
import { FunctionState, ProgramFrame } from '../../../../lib/compiler/lower/function.js';
import { Lowering } from '../../../../lib/compiler/lower/lowering.js';
import { ModuleState } from '../../../../lib/compiler/lower/module-state.js';
import { parse, parseExpression, parseInteger, splitAttachPoint } from '../../../../lib/compiler/parse/index.js';
import { Config } from '../../../../lib/language/config.js';
import { KernelTypes } from '../../../../lib/language/kernel-types.js';
import { TypeFinder } from '../../../../lib/language/type-finder.js';
import type { TypedProgram } from '../../../../lib/language/typed-program.js';
import { DiagnosticList } from '../../../../lib/model/diagnostics/diagnostic.js';
import { renderDiagnostics } from '../../../../lib/model/diagnostics/render.js';
import { type Block, type Value, pointer } from '../../../../lib/model/ir/ir.js';
import { printTerminator, printValue } from '../../../../lib/model/ir/text.js';
import { Source } from '../../../../lib/model/source/source.js';
import type { Statement } from '../../../../lib/model/syntax/nodes.js';
import { FixtureTarget } from '../../../helpers/fixture-target.js';

function typedProgram(script: string): TypedProgram {
  const found = new DiagnosticList();
  const target = new FixtureTarget();
  const config = new Config();
  const kernelTypes = new KernelTypes(target);
  const tree = parse(new Source('stdin', script), found.report);
  const expanded = tree && expand(tree, { target, report: found.report, importStatements: 'warn', kernelTypes, parser: { parse, parseExpression, parseInteger, splitAttachPoint } });
  const typed = expanded && check(expanded.tree, { target, config, report: found.report, finder: new TypeFinder(kernelTypes, expanded.types) });
  if (!typed) throw new Error(`${script}\n${renderDiagnostics(found.all)}`);
  return typed;
}

/** The first program of a script, ready to be lowered, and its statements. */
export function program(script: string): { readonly l: Lowering; readonly statements: readonly Statement[] } {
  const typed = typedProgram(script);
  const [probe] = typed.probes;
  const f = new FunctionState(new ModuleState(typed, false), new ProgramFrame(probe!, 0, 0, false), 'p', 'program', probe!.resolved.section, [pointer('ctx')]);
  return { l: new Lowering(f), statements: probe!.body.statements };
}

/** What was lowered so far, without the head of the function: each block with its instructions and how it ends. Constants, maps and stack
 *  slots stand where they are used. Of a block that warns of a failure only this is said; what follows on it is left out. Blocks and values are numbered as they appear.
 * @param end  a last line, in which values may be named */
export function lowered(l: Lowering, end?: string): string[] {
  const { blocks } = l.f.func;
  const inlined = new Map(blocks.flatMap((block) => block.instructions).flatMap((value) => {
    const text = shortForm(value);
    return text === undefined ? [] : [[`${value}`, text] as const];
  }));
  const spell = (line: string): string => `  ${line.replace(/\bv\d+\b/g, (name) => inlined.get(name) ?? name)}`;
  const seen = new Set<Block>();
  const visit = (block: Block): void => {
    if (seen.has(block)) return;
    seen.add(block);
    if (!warns(block)) for (const { block: next } of block.successors) visit(next);
  };
  visit(blocks[1]!);
  const lines = blocks.filter((block) => seen.has(block) && (block.instructions.length > 0 || block.terminator)).flatMap((block) => [
    `${block}(${block.params.join(', ')}):`,
    ...(warns(block) ? ['  warns'] : [
      ...block.instructions.filter((value) => !inlined.has(`${value}`)).map((value) => spell(printValue(value))),
      ...(block.terminator ? [spell(printTerminator(block.terminator))] : []),
    ]),
  ]);
  const numbers = new Map([['v0', 'v0']]);
  const numbered = (name: string): string => {
    if (!numbers.has(name)) numbers.set(name, `${name[0]!}${[...numbers.keys()].filter((known) => known.startsWith(name[0]!)).length + (name.startsWith('b') ? 1 : 0)}`);
    return numbers.get(name)!;
  };
  return [...lines, ...(end === undefined ? [] : [spell(end).trim()])].map((line) => line.replace(/\b[vb]\d+\b/g, numbered));
}

function shortForm(value: Value): string | undefined {
  if (value.isConst) return String(value.constant);
  if (value.op === 'map') return value.attributes.name;
  return value.op === 'slot' ? `slot${value.attributes.slot!.id}` : undefined;
}

function warns(block: Block): boolean {
  return block.instructions.some(({ op, attributes }) => op === 'call_function' && /^tbpf_(helper|runtime)_error$/.test(attributes.name!));
}
