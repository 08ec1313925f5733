// What a macro's definition may not do (language.md 1.9): touch maps that are no parameters, declare variables named like
// parameters, leave the probe.

import type { Report } from '../../model/diagnostics/diagnostic.js';
import type { Macro, Node } from '../../model/syntax/nodes.js';
import { children } from '../../model/syntax/visit.js';
import * as problems from './diagnostics.js';

export function checkMacro(macro: Macro, report: Report): void {
  const named = new Set<string>();
  for (const { mode, name, span } of macro.parameters) {
    const key = `${mode === 'variable' ? '$' : ''}${name}`;
    if (named.has(key)) report(problems.argumentReused.at(span, { name }));
    named.add(key);
  }
  const isMap = (name: string): boolean => named.has(name);
  const isVariable = (name: string): boolean => named.has(`$${name}`);

  const look = (node: Node, inLoop: boolean): void => {
    switch (node.kind) {
      case 'map':
        if (!isMap(node.name)) report(problems.unhygienicMap.at(node.span, { name: node.name }));
        break;
      case 'let': case 'for':
        if (isVariable(node.variable.name)) report(problems.shadowsArgument.at(node.variable.span, { name: node.variable.name }));
        break;
      case 'jump':
        if (node.jump === 'return' || !inLoop) report(problems.jumpInMacro.at(node.span, { text: node.jump }));
        break;
      case 'call':
        // exit() returns from the probe
        if (node.name === 'exit') report(problems.jumpInMacro.at(node.span, { text: 'return' }));
        break;
      default:
    }
    const isLoop = node.kind === 'for' || node.kind === 'while' || node.kind === 'unroll';
    for (const child of children(node)) look(child, inLoop || isLoop);
  };
  look(macro.body, false);
}
