// A tree as a person would write it down: the notation of `-d tree` and of the golden tests.
//
//   out    one parenthesis a node: (kind what-it-says child …); what fits in a line stands in one, else children are indented
//   use    printTree(tree); formatScript(tree) of format.ts writes a tree as a script again

import { spellExpression, spellString, spellType } from './spell.js';
import type { Expression, Node } from './nodes.js';
import { children, isType } from './visit.js';

export { formatScript } from './format.js';

const WIDTH = 110;

/** Ends without a newline. */
export function printTree(node: Node): string {
  return print(node, 0);
}

function print(node: Node, depth: number): string {
  if (isType(node)) return `<${spellType(node)}>`;
  const kind = node.kind === 'tuple' && node.implicit ? 'keys' : node.kind;
  const head = [kind, ...said(node)].join(' ');
  const below = shown(node);
  if (below.length === 0) return `(${head})`;
  const texts = below.map((child, i) => (node.kind === 'record' ? `${node.fields[i]!.name}=` : '') + print(child, depth + 1));
  const line = `(${head} ${texts.join(' ')})`;
  const wide = node.kind !== 'tree' && node.kind !== 'probe' && node.kind !== 'macro' && node.kind !== 'subprogram';
  if (wide && line.length + depth * 2 <= WIDTH && !line.includes('\n')) return line;
  const indent = '\n' + '  '.repeat(depth + 1);
  return `(${head}${indent}${texts.join(indent)})`;
}

/** Children that are not already part of what the head says. */
function shown(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'let': return children(node).filter((child) => child !== node.variable);
    case 'for': return [node.iterable, node.body];
    case 'map-access': return [node.key];
    case 'map-declaration': return [];
    case 'subprogram': return [node.body];
    default: return children(node);
  }
}

/** What a node says beside its children. */
function said(node: Node): readonly string[] {
  switch (node.kind) {
    case 'c-definition': return [spellString(node.text)];
    case 'config': return node.entries.map((entry) => `${entry.key}=${typeof entry.value === 'string' ? spellString(entry.value) : entry.value}`);
    case 'import': return [spellString(node.path)];
    case 'attach-point': return [
      ...(node.label === undefined ? [] : [`${node.label}=`]), ...node.parts.map(spellString), ...(node.location ? ['@', ...node.location.map(spellString)] : []),
    ];
    case 'macro': return [node.name, ...node.parameters.map((parameter) => (parameter.mode === 'variable' ? `$${parameter.name}` : parameter.name))];
    case 'map-declaration': return [node.map.name, node.mapKind, String(node.maxEntries)];
    case 'subprogram':
      return [node.name, ...node.parameters.map((parameter) => `$${parameter.name}:<${spellType(parameter.type)}>`), `<${spellType(node.returnType)}>`];
    case 'jump': return [node.jump];
    case 'let': case 'for': return [`$${node.variable.name}`];
    case 'assign': case 'unary': case 'binary': return [node.op];
    case 'inc-dec': return [node.prefix ? `${node.op}_` : `_${node.op}`];
    case 'ternary': return node.whenTrue ? [] : ['?:'];
    case 'integer': return [`${node.value}${node.suffix ?? ''}`];
    case 'bool': return [String(node.value)];
    case 'string': return [spellString(node.value)];
    case 'identifier': return [node.name];
    case 'positional': return [`$${node.index}`];
    case 'variable': return [`$${node.name}`];
    case 'map': return [node.name];
    case 'map-access': return [node.map.name];
    case 'member': return [`.${node.field}`];
    case 'tuple-index': return [`.${node.index}`];
    case 'call': return [node.name];
    case 'offsetof': return [node.path.map((name) => name.name).join('.')];
    default: return [];
  }
}

/** An expression on one line, for messages. */
export const printExpression = (node: Expression): string => spellExpression(node, { spellBlock: () => '{ … }' });
