// Macros: each call replaced by a copy of the macro's body.
//
//   in     a tree with macro definitions; macros of the language itself by name
//   out    the tree without definitions and without calls of them; every node of a copy knows where it was expanded from
//   idea   arguments are expanded where they stand, then put into the copy, then the copy is searched for further calls.
//          A copy's own variables get names that are free in the probe.
//   facts  language.md 1.9

import { findBuiltin } from '../../language/builtins/index.js';
import { functions } from '../../language/functions/index.js';
import { spellMacro } from '../../language/macros/index.js';
import type { Report } from '../../model/diagnostics/diagnostic.js';
import type { Span } from '../../model/source/source.js';
import type { Call, CallArgument, Expression, Identifier, Item, Macro, MacroParameter, Node, SyntaxTree } from '../../model/syntax/nodes.js';
import { withoutNeedlessBlock } from '../../model/syntax/comptime.js';
import { cloneNode, rewriteChildren } from '../../model/syntax/rewrite.js';
import { isType, walk } from '../../model/syntax/visit.js';
import * as problems from './diagnostics.js';
import { checkMacro } from './macro-rules.js';
import { MacroBody } from './macro-body.js';
import { countNodes, MOST_PARTS } from './size.js';

/** macros that one goes through; passes go down by recursion */
const MOST_LEVELS = 100;

/** Macros of the language: all definitions of a name. */
export type MacroLibrary = (name: string) => readonly Macro[];

export function expandMacros(tree: SyntaxTree, library: MacroLibrary, report: Report): SyntaxTree {
  const own = new Map<string, Macro[]>();
  for (const item of tree.items) {
    if (item.kind !== 'macro') continue;
    checkMacro(item, report);
    const known = own.get(item.name) ?? [];
    const same = known.find((other) => signature(other) === signature(item));
    if (same) report(problems.macroRedefinition.at(item.nameSpan, { name: item.name }).note(same.nameSpan, 'This is the original definition.'));
    else own.set(item.name, [...known, item]);
  }
  for (const item of tree.items) {
    const [macro] = item.kind === 'subprogram' ? [...(own.get(item.name) ?? []), ...library(item.name)] : [];
    if (item.kind !== 'subprogram' || !macro) continue;
    const problem = problems.functionLikeMacro.at(item.nameSpan, { name: item.name });
    report(own.has(item.name) ? problem.note(macro.nameSpan, 'This is the macro.') : problem);
  }
  const items = tree.items.filter((item) => item.kind !== 'macro').map((item) => new Expander(own, library, report, item).item());
  const same = items.length === tree.items.length && items.every((item, i) => item === tree.items[i]);
  return same ? tree : { ...tree, items };
}

const signature = (macro: Macro): string => macro.parameters.map((parameter) => parameter.mode).join(',');

/** What kind of argument a parameter would take, most particular first. */
function kindOf(argument: CallArgument): MacroParameter['mode'] {
  return argument.kind === 'variable' ? 'variable' : argument.kind === 'map' ? 'map' : 'expression';
}

const article = { variable: 'a variable', map: 'a map', expression: 'an expression' } as const;

/** Expands the calls in one item. */
class Expander {
  /** macros whose bodies are being expanded, outermost first */
  private readonly stack: Macro[] = [];
  /** arguments already expanded, now inside a body */
  private readonly finished = new WeakSet<Node>();
  private readonly names = new Set<string>();
  /** by name: the number behind the last one that was made of it */
  private readonly nextNumber = new Map<string, number>();
  private parts = 0;
  /** the call in the script that is being expanded */
  private outermost: Span | undefined;

  constructor(
    private readonly own: ReadonlyMap<string, readonly Macro[]>,
    private readonly library: MacroLibrary,
    private readonly report: Report,
    private readonly root: Item,
  ) {
    walk(root, (node) => {
      if (node.kind === 'variable') this.names.add(node.name);
    });
  }

  item(): Item {
    return rewriteChildren(this.root, this.visit);
  }

  private readonly visit = (node: Node): Node => {
    if (this.finished.has(node)) return node;
    if (node.kind === 'identifier') return this.call(node, []);
    if (node.kind !== 'call') return rewriteChildren(node, this.visit);
    const call = rewriteChildren(node, this.visit);
    return this.call(call, call.args);
  };

  private call(node: Call | Identifier, args: readonly CallArgument[]): Node {
    const { name } = node;
    const current = this.stack[this.stack.length - 1];
    const inLibrary = current !== undefined && this.library(current.name).includes(current);
    const known = [...(inLibrary ? [] : this.own.get(name) ?? []), ...this.library(name)];
    if (known.length === 0) return this.unexpanded(node, args);
    const macro = this.choose(known, args);
    if (!macro) {
      // A bare name need not mean the macro, and a macro of the script may stand beside a function of its name.
      if (functions.has(name) || findBuiltin(name)) return this.unexpanded(node, args);
      if (node.kind === 'call') this.reportMismatch(node, known);
      return node;
    }
    if (this.stack.includes(macro)) {
      const chain = [...this.stack.slice(this.stack.indexOf(macro)), macro].map((each) => each.name).join(' > ');
      this.report(problems.macroRecursion.at(node.span, { text: chain }));
      return node;
    }
    if (this.stack.length >= MOST_LEVELS) {
      if (this.parts <= MOST_PARTS) this.report(problems.tooManyLevels.at(this.outermost!, { name: this.stack[0]!.name, limit: MOST_LEVELS }));
      this.parts = Infinity;
      return node;
    }
    return this.expand(macro, args, node.span);
  }

  /** A type may only go to a macro. */
  private unexpanded(node: Call | Identifier, args: readonly CallArgument[]): Node {
    for (const argument of args) if (isType(argument)) this.report(problems.typeArgument.at(argument.span, {}));
    return node;
  }

  private expand(macro: Macro, args: readonly CallArgument[], at: Span): Expression {
    if (this.stack.length === 0) this.outermost = at;
    const body = new MacroBody(macro, args, at, {
      freeName: (name) => this.freeName(name),
      finished: (node) => {
        const copy = cloneNode(node);
        this.finished.add(copy);
        return copy;
      },
      report: this.report,
      standard: this.library(macro.name).includes(macro),
    }).copy();
    if (!this.fits(body)) return body;
    this.stack.push(macro);
    const expanded = rewriteChildren(body, this.visit);
    this.stack.pop();
    return withoutNeedlessBlock(expanded) as Expression;
  }

  /** Macros that call others twice grow fast: the first copy that is too much is reported, and no more are made. */
  private fits(copy: Node): boolean {
    if (this.parts > MOST_PARTS) return false;
    this.parts += countNodes(copy);
    if (this.parts > MOST_PARTS) this.report(problems.tooLarge.at(this.outermost!, { limit: MOST_PARTS }));
    return this.parts <= MOST_PARTS;
  }

  private freeName(name: string): string {
    let free = name;
    let n = this.nextNumber.get(name) ?? 2;
    for (; this.names.has(free); n++) free = `${name}#${n}`;
    this.nextNumber.set(name, n);
    this.names.add(free);
    return free;
  }

  // ---- overloads -----------------------------------------------------------------------------------------------

  /** The first definition that fits best: parameters for variables and maps are more particular than expressions. */
  private choose(known: readonly Macro[], args: readonly CallArgument[]): Macro | undefined {
    let best: Macro | undefined;
    let bestScore = -1;
    for (const macro of known) {
      if (macro.parameters.length !== args.length) continue;
      const fits = macro.parameters.every((parameter, i) => parameter.mode === 'expression' || parameter.mode === kindOf(args[i]!));
      const score = macro.parameters.filter((parameter) => parameter.mode !== 'expression').length;
      if (fits && score > bestScore) [best, bestScore] = [macro, score];
    }
    return best;
  }

  private reportMismatch(call: Call, known: readonly Macro[]): void {
    const { name, args } = call;
    const standard = this.library(name);
    const error = problems.noMatchingMacro.at(call.span, { name, standard: standard.map(spellMacro) });
    const closest = known.find((macro) => macro.parameters.length === args.length);
    const [first] = known;
    // a standard macro has no place to show
    if (standard.includes(closest ?? first!)) return this.report(error);
    if (!closest) {
      const text = `The closest definition of ${name}() has a different number of arguments. Expected: ${first!.parameters.length} but got ${args.length}`;
      this.report(error.note(first!.nameSpan, text));
      return;
    }
    const wrong = closest.parameters.findIndex((parameter, i) => parameter.mode !== 'expression' && parameter.mode !== kindOf(args[i]!));
    const parameter = closest.parameters[wrong]!;
    const argument = args[wrong]!;
    const spelled = parameter.mode === 'variable' ? `$${parameter.name}` : parameter.name;
    const text = `Mismatched arg. ${name}() expects ${article[parameter.mode]} for arg ${spelled} but got ${article[kindOf(argument)]}.`;
    this.report(error.note(argument.span, text).note(parameter.span, 'This is the argument in the closest definition.'));
  }
}
