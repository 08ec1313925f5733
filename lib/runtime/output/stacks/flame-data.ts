// What a flame graph's page shows, as data in it: a tree of frames for each map.
//
//   read by  lib/pages/flame, a page of its own that takes no file of the package but this one's types
//   facts    names are one letter: a page holds tens of thousands of nodes. Weights are numbers of JavaScript: above 2^53 a picture shows no difference

import { foldedFrame } from './folded-text.js';
import type { FrameKind, SampleFrame, StackSample } from './stack-samples.js';

export interface FlameNode {
  /** the frame's text */
  readonly n: string;
  /** what it is; undefined: of the root */
  readonly k?: FrameKind | 'inlined';
  /** weight, with what it calls */
  readonly v: number;
  /** weight in the file of --diff, where there is one */
  readonly b?: number;
  readonly c?: readonly FlameNode[];
}

export interface FlameMap {
  /** with its `@` */
  readonly name: string;
  /** different stacks */
  readonly stacks: number;
  readonly root: FlameNode;
}

export interface FlameData {
  readonly title: string;
  readonly maps: readonly FlameMap[];
  /** the file of --diff */
  readonly before?: string;
}

/** Folded stacks with their weights, and the file they come from. */
export interface Before {
  readonly path: string;
  readonly stacks: ReadonlyMap<string, bigint>;
}

export function flameData(title: string, maps: ReadonlyMap<string, readonly StackSample[]>, before?: Before): FlameData {
  const all = before && beforeTree(before.stacks);
  return {
    title,
    // with several maps in a script, their names are the first frames of a folded file
    maps: [...maps].map(([name, samples]) => flameMap(name, samples, all && (maps.size > 1 ? all.callees.get(name) ?? emptyBranch() : all))),
    before: before?.path,
  };
}

function flameMap(name: string, samples: readonly StackSample[], before: Branch | undefined): FlameMap {
  const root = emptyBranch();
  const stacks = new Set<string>();
  for (const { frames, weight } of samples) {
    const names = frames.map(foldedFrame);
    stacks.add(names.join(';'));
    grow(root, names, weight, frames);
  }
  return { name, stacks: stacks.size, root: nodeOf('all', root, before) };
}

interface Branch {
  weight: bigint;
  frame: SampleFrame | undefined;
  readonly callees: Map<string, Branch>;
}

function emptyBranch(): Branch {
  return { weight: 0n, frame: undefined, callees: new Map() };
}

function beforeTree(stacks: ReadonlyMap<string, bigint>): Branch {
  const root = emptyBranch();
  for (const [stack, weight] of stacks) grow(root, stack.split(';'), weight);
  return root;
}

/** Adds a stack, the outermost frame first. */
function grow(root: Branch, names: readonly string[], weight: bigint, frames?: readonly SampleFrame[]): void {
  let branch = root;
  branch.weight += weight;
  names.forEach((name, index) => {
    let callee = branch.callees.get(name);
    if (callee === undefined) branch.callees.set(name, callee = emptyBranch());
    callee.frame ??= frames?.[index];
    callee.weight += weight;
    branch = callee;
  });
}

function nodeOf(name: string, { weight, frame, callees }: Branch, before: Branch | undefined, isDiff = before !== undefined): FlameNode {
  return {
    n: frame?.text ?? name,
    k: frame && (frame.inlined ? 'inlined' : frame.kind),
    v: Number(weight),
    b: isDiff ? Number(before?.weight ?? 0n) : undefined,
    c: callees.size === 0 ? undefined : [...callees].map(([text, callee]) => nodeOf(text, callee, before?.callees.get(text), isDiff)),
  };
}
