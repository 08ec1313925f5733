// Scratch variables: which declaration every `$x` means, and which loops capture it (language.md 1.7, 1.8).
//
//   in     a probe's predicate and body
//   out    VariableInfo for each Variable node; captures of each loop

import type { Block, Expression, For, Let, Node, Statement, TypeNode, Variable, While } from '../../model/syntax/nodes.js';
import { type ComptimeValue, branchesOf } from '../../model/syntax/comptime.js';
import { children, findAll } from '../../model/syntax/visit.js';
import { nearest } from '../../model/diagnostics/nearest.js';
import type { Report } from '../../model/diagnostics/diagnostic.js';
import { none } from '../../model/types/types.js';
import { assignedBy } from '../../language/functions/assigned.js';
import type { VariableInfo } from '../../language/typed-program.js';
import * as say from './diagnostics.js';

type Loop = For | While;

/** Names that some statement or call below gives a value. */
export function namesIn(root: Node): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of findAll(root, (n) => n.kind === 'let' || n.kind === 'for' || n.kind === 'assign' || n.kind === 'call')) {
    const target = node.kind === 'assign' ? node.target : node.kind === 'call' ? assignedBy(node) : (node as Let | For).variable;
    if (target?.kind === 'variable') names.add(target.name);
  }
  return names;
}

const origins: Readonly<Record<VariableInfo['origin'], string>> = {
  declaration: 'This is the initial declaration.', assignment: 'This is the initial assignment.', loop: 'This is the loop variable.', parameter: 'This is the parameter.',
};

interface Scope {
  readonly names: Map<string, VariableInfo>;
  readonly parent: Scope | undefined;
  /** innermost loop whose body is a function of its own */
  readonly loop: Loop | undefined;
}

export class ScopeBinder {
  readonly variables = new Map<Variable, VariableInfo>();
  readonly captures = new Map<Loop, VariableInfo[]>();
  private readonly loops: Loop[] = [];
  private loopDepth = 0;
  /** variables read before anything wrote them, and where */
  private readonly early = new Map<VariableInfo, Variable>();

  constructor(private readonly report: Report, private readonly comptime: ComptimeValue = () => undefined) {}

  /** Binds everything below one program's predicate and body. `elsewhere`: names that other programs have. */
  bind(predicate: Expression | undefined, body: Block, elsewhere: ReadonlySet<string>): void {
    this.start('probe', body, elsewhere);
    this.bindIn(this.inner(undefined), predicate, body);
  }

  /** The same for a function of the script. */
  bindSubprogram(parameters: readonly VariableInfo[], body: Block, elsewhere: ReadonlySet<string>): void {
    this.start('function', body, elsewhere);
    const scope = this.inner(undefined);
    for (const parameter of parameters) scope.names.set(parameter.name, parameter);
    this.bindIn(scope, undefined, body);
  }

  private start(unit: 'probe' | 'function', body: Block, elsewhere: ReadonlySet<string>): void {
    this.unit = unit;
    this.elsewhere = elsewhere;
    this.own = namesIn(body);
  }

  private bindIn(scope: Scope, predicate: Expression | undefined, body: Block): void {
    if (predicate) this.walk(predicate, scope);
    for (const statement of body.statements) this.statement(statement, scope);
    for (const [info, place] of this.early) if (info.assigned) this.report(say.usedBeforeAssigned.at(place.span, { name: info.name }));
    this.early.clear();
  }

  private unit: 'probe' | 'function' = 'probe';
  private elsewhere: ReadonlySet<string> = new Set();
  private own: ReadonlySet<string> = new Set();

  private inner(parent: Scope | undefined, loop: Loop | undefined = parent?.loop): Scope {
    return { names: new Map(), parent, loop };
  }

  private find(name: string, scope: Scope | undefined): VariableInfo | undefined {
    for (let s = scope; s; s = s.parent) {
      const info = s.names.get(name);
      if (info) return info;
    }
    return undefined;
  }

  private declare(variable: Variable, scope: Scope, origin: VariableInfo['origin'], declaredType?: TypeNode): VariableInfo {
    const info: VariableInfo = { name: variable.name, span: variable.span, origin, type: none, declaredType, captured: false, assigned: origin === 'loop', owner: scope.loop };
    scope.names.set(variable.name, info);
    this.variables.set(variable, info);
    return info;
  }

  private use(variable: Variable, scope: Scope): void {
    const info = this.find(variable.name, scope);
    if (!info) {
      this.report(say.undefinedVariable.at(variable.span, { name: variable.name, ...this.whyUndefined(variable.name, scope) }));
      return;
    }
    this.variables.set(variable, info);
    this.capture(info, scope);
  }

  private read(variable: Variable, scope: Scope): void {
    this.use(variable, scope);
    const info = this.variables.get(variable);
    if (info && !info.assigned && !this.early.has(info)) this.early.set(info, variable);
  }

  /** Binds a variable that a statement changes in place: `$x++`, `$x += 1`. */
  private change(variable: Variable, scope: Scope): void {
    this.use(variable, scope);
    const info = this.variables.get(variable);
    if (info) info.assigned = true;
  }

  /** Binds a variable that gets a value, which declares one that is not there yet. */
  private assign(variable: Variable, scope: Scope): void {
    const info = this.find(variable.name, scope);
    if (info) {
      this.use(variable, scope);
      info.assigned = true;
    } else this.declare(variable, scope, 'assignment').assigned = true;
  }

  private whyUndefined(name: string, scope: Scope): Omit<Parameters<typeof say.undefinedVariable.with>[0], 'name'> {
    if (this.own.has(name)) return { why: 'another block' };
    if (this.elsewhere.has(name)) return { why: this.unit === 'function' ? 'outside the function' : 'another probe' };
    const visible: string[] = [];
    for (let s: Scope | undefined = scope; s; s = s.parent) visible.push(...s.names.keys());
    return { why: 'unassigned', near: nearest(name, visible) };
  }

  /** Notes that code in `scope` uses a variable that may belong to a function further out. */
  private capture(info: VariableInfo, scope: Scope): void {
    if (info.owner === scope.loop) return;
    info.captured = true;
    for (let i = this.loops.length - 1; i >= 0; i--) {
      const loop = this.loops[i]!;
      if (loop === info.owner) break;
      const list = this.captures.get(loop)!;
      if (!list.includes(info)) list.push(info);
    }
  }

  private statement(node: Statement, scope: Scope): void {
    switch (node.kind) {
      case 'assign':
        this.walk(node.value, scope);
        if (node.target.kind === 'variable' && node.op === '=') this.assign(node.target, scope);
        else if (node.target.kind === 'variable') this.change(node.target, scope);
        else this.walk(node.target, scope);
        return;
      case 'let': {
        if (node.value) this.walk(node.value, scope);
        if (node.type) this.walk(node.type, scope);
        const earlier = this.find(node.variable.name, scope);
        if (earlier) {
          this.report(say.shadowed.at(node.variable.span, { name: node.variable.name }).note(earlier.span, origins[earlier.origin]));
          this.variables.set(node.variable, earlier);
          return;
        }
        this.declare(node.variable, scope, 'declaration', node.type).assigned = node.value !== undefined;
        return;
      }
      case 'block': {
        const inner = this.inner(scope);
        for (const s of node.statements) this.statement(s, inner);
        return;
      }
      case 'if':
        this.walk(node.condition, scope);
        for (const branch of branchesOf(node, this.comptime)) this.statement(branch as Statement, scope);
        return;
      case 'unroll':
        this.walk(node.count, scope);
        this.loopDepth++;
        this.statement(node.body, scope);
        this.loopDepth--;
        return;
      case 'while': {
        this.enterLoop(node, () => {
          this.walk(node.condition, this.inner(scope, node));
          const inner = this.inner(scope, node);
          for (const s of node.body.statements) this.statement(s, inner);
        });
        return;
      }
      case 'for': {
        for (const child of node.iterable.kind === 'range' ? [node.iterable.from, node.iterable.to] : [node.iterable]) this.walk(child, scope);
        const earlier = this.find(node.variable.name, scope);
        if (earlier) this.report(say.loopShadows.at(node.variable.span, { name: node.variable.name }).note(earlier.span, earlier.origin === 'parameter' ? origins.parameter : origins.declaration));
        this.enterLoop(node, () => {
          const inner = this.inner(scope, node);
          this.declare(node.variable, inner, 'loop');
          for (const s of node.body.statements) this.statement(s, inner);
        });
        return;
      }
      case 'jump':
        if (node.jump !== 'return' && this.loopDepth === 0) this.report(say.jumpOutsideLoop.at(node.span, { jump: node.jump, unit: this.unit }));
        if (node.value) this.walk(node.value, scope);
        return;
      case 'import': return;
      case 'expression-statement': case 'discard': this.walk(node.expression, scope); return;
    }
  }

  private enterLoop(loop: Loop, body: () => void): void {
    this.captures.set(loop, []);
    this.loops.push(loop);
    this.loopDepth++;
    body();
    this.loopDepth--;
    this.loops.pop();
  }

  private walk(node: Node, scope: Scope): void {
    if (node.kind === 'variable') return this.read(node, scope);
    if (node.kind === 'unary' && node.op === '&' && node.operand.kind === 'variable') {
      this.use(node.operand, scope);
      const info = this.variables.get(node.operand);
      if (info) info.captured = true;
      return;
    }
    if (node.kind === 'inc-dec' && node.target.kind === 'variable') return this.change(node.target, scope);
    if (node.kind === 'block-expression') {
      const inner = this.inner(scope);
      for (const s of node.statements) this.statement(s, inner);
      if (node.value) this.walk(node.value, inner);
      return;
    }
    if (node.kind === 'if-expression' || node.kind === 'ternary') {
      this.walk(node.condition, scope);
      for (const branch of branchesOf(node, this.comptime)) this.walk(branch, scope);
      return;
    }
    const assigned = node.kind === 'call' ? assignedBy(node) : undefined;
    for (const child of children(node)) if (child !== assigned) this.walk(child as Node, scope);
    if (assigned) this.assign(assigned, scope);
  }
}
