// Named parameters: what the getopt() calls of a script say about them.
//
//   in     a tree after folding, so that names, defaults and descriptions are literals however they were written; calls in branches that comptime
//          expressions decide on are folded here, since nothing has looked at those branches yet
//   out    the parameters in the order of their first call; what is wrong with a call is reported
//   facts  language.md 8.4

import type { Report } from '../../model/diagnostics/diagnostic.js';
import { type NamedParameter, positionOf } from '../../model/layout/parameters.js';
import type { Call, CallArgument, SyntaxTree } from '../../model/syntax/nodes.js';
import { fold } from '../../model/syntax/fold.js';
import { walk } from '../../model/syntax/visit.js';
import * as problems from './diagnostics.js';

export function readNamedParameters(tree: SyntaxTree, report: Report): readonly NamedParameter[] {
  const known = new Map<string, { readonly parameter: NamedParameter; readonly call: Call }>();
  walk(tree, (node) => {
    if (node.kind !== 'call' || node.name !== 'getopt') return;
    // what folding has to complain about is said when the branch is taken
    const parameter = parameterOf(fold(node, () => {}), report);
    if (!parameter) return;
    const earlier = known.get(parameter.name);
    if (earlier) compare(earlier.parameter, parameter, node, earlier.call, report);
    else known.set(parameter.name, { parameter, call: node });
  });
  return [...known.values()].map(({ parameter }) => parameter);
}

function parameterOf(call: Call, report: Report): NamedParameter | undefined {
  const [name, value, description] = call.args;
  if (name === undefined || call.args.length > 3) report(problems.getoptArguments.at(call.span, {}));
  else if (name.kind !== 'string') report(problems.getoptName.at(name.span, {}));
  else if (!/^[^\s=-][^\s=]*$/.test(name.value)) report(problems.getoptBadName.at(name.span, { name: name.value }));
  else if (description !== undefined && description.kind !== 'string') report(problems.getoptDescription.at(description.span, {}));
  else {
    const typed = value === undefined ? { type: 'bool', defaultValue: false } as const : typedDefault(value);
    if (typed) return { name: name.value, ...typed, ...(positionOf(name.value) && typed.type === 'uint64' && { type: 'int64' }), ...(description && { description: description.value }) };
    report(problems.getoptDefault.at(value!.span, {}));
  }
  return undefined;
}

function typedDefault(value: CallArgument): Pick<NamedParameter, 'type' | 'defaultValue'> | undefined {
  switch (value.kind) {
    case 'bool': return { type: 'bool', defaultValue: value.value };
    case 'string': return { type: 'string', defaultValue: value.value };
    case 'integer': return { type: value.value < 0n ? 'int64' : 'uint64', defaultValue: value.value };
    default: return undefined;
  }
}

function compare(earlier: NamedParameter, now: NamedParameter, call: Call, first: Call, report: Report): void {
  const { name, defaultValue } = earlier;
  if (now.defaultValue !== defaultValue) report(problems.getoptDefaultsDiffer.at(call.span, { name, previous: String(defaultValue) }).note(first.span, 'previous default value'));
  else if (now.description !== earlier.description) report(problems.getoptDescriptionsDiffer.at(call.span, { name }).note(first.span, 'previous description'));
}
