// print(@m) with a clear(@m) or zero(@m) behind it: the map is read and emptied in one step.
//
//   idea   both are events that user space carries out one after the other, while programs go on adding to the map: what they add in
//          between would be cleared without having been printed. The print's event says what follows on it, the clear sends none
//   facts  only within one list of statements, and only where nothing between the two uses the map or can leave

import type { Call, Statement } from '../../../model/syntax/nodes.js';
import { findAll } from '../../../model/syntax/visit.js';

export type AfterPrint = 'clear' | 'zero';

export class PrintsAndClears {
  private readonly byPrint = new Map<Call, AfterPrint>();
  private readonly done = new Set<Call>();

  /** callsFunction: whether a call is one of the script's functions, which may use any map */
  constructor(private readonly callsFunction: (call: Call) => boolean) {}

  /** Finds the pairs among these statements. */
  note(statements: readonly Statement[]): void {
    statements.forEach((statement, at) => {
      const clear = callOn(statement);
      if (clear?.name !== 'clear' && clear?.name !== 'zero') return;
      const print = printBefore(statements, at, mapOf(clear)!, this.callsFunction);
      if (!print || this.byPrint.has(print)) return;
      this.byPrint.set(print, clear.name);
      this.done.add(clear);
    });
  }

  /** What this print() does with its map after printing: clear it, zero it, or nothing. */
  after(print: Call): AfterPrint | undefined {
    return this.byPrint.get(print);
  }

  /** Whether the print() before this clear() or zero() does its work. */
  isDone(clear: Call): boolean {
    return this.done.has(clear);
  }
}

function printBefore(statements: readonly Statement[], at: number, map: string, callsFunction: (call: Call) => boolean): Call | undefined {
  for (let i = at - 1; i >= 0; i--) {
    const call = callOn(statements[i]!);
    if (call?.name === 'print' && mapOf(call) === map) return call;
    if (usesOrLeaves(statements[i]!, map, callsFunction)) return undefined;
  }
  return undefined;
}

/** A statement that is a call. */
function callOn(statement: Statement): Call | undefined {
  return statement.kind === 'expression-statement' && statement.expression.kind === 'call' && mapOf(statement.expression) !== undefined ? statement.expression : undefined;
}

function mapOf(call: Call): string | undefined {
  const [first] = call.args;
  return first?.kind === 'map' ? first.name : undefined;
}

function usesOrLeaves(statement: Statement, map: string, callsFunction: (call: Call) => boolean): boolean {
  return findAll(statement, (node) => (node.kind === 'map' && node.name === map) || node.kind === 'jump' || (node.kind === 'call' && (node.name === 'exit' || callsFunction(node)))).length > 0;
}
