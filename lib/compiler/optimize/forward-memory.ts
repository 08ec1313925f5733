// A load of what was stored or loaded before gets that value instead.
//
//   idea   forward through each block, with what the block before left when there is only one; every write forgets what it may touch
//   facts  slots touch nothing but themselves unless their address was given away; memory of different kinds does not overlap;
//          a helper may write to whatever its pointers reach, and to every map

import { type Block, type Func, intType, type Region, type StackSlot, type Value, type Width } from '../../model/ir/ir.js';
import { droppableHelpers, pureHelpers } from '../../model/ir/ops.js';
import type { Pass } from './pass.js';
import { escapedSlots, type Place, placeOf } from './places.js';
import { replaceArgs, replaceEverywhere, Replacements } from './rewrite.js';
import { dominatorsOf } from './ways.js';

export const forwardMemory: Pass = {
  name: 'forward-memory',
  after: ['cse'],
  run: (func) => new Forwarder(func).run(),
};

/** `value` is what `width` bytes at the place hold; as loaded it is already extended, as stored only its low bytes count. */
interface Known extends Place {
  readonly width: Width;
  readonly value: Value;
  /** undefined: stored; else how it was extended by the load */
  readonly signed: boolean | undefined;
}

const MOST_KNOWN = 64;

class Forwarder {
  private readonly replacements = new Replacements();
  private readonly escaped: ReadonlySet<StackSlot>;
  private readonly atEnd = new Map<Block, readonly Known[]>();
  private known: Known[] = [];
  private out: Value[] = [];

  constructor(private readonly func: Func) {
    this.escaped = escapedSlots(func);
  }

  run(): boolean {
    const dominators = dominatorsOf(this.func);
    for (const block of dominators.order) {
      const before = dominators.predecessors(block);
      this.known = before.length === 1 ? [...(this.atEnd.get(before[0]!) ?? [])] : [];
      this.out = [];
      const { size } = this.replacements;
      for (const value of block.instructions) {
        replaceArgs(value, this.replacements);
        this.step(value);
      }
      if (this.replacements.size > size) block.instructions = this.out;
      this.atEnd.set(block, this.known);
    }
    replaceEverywhere(this.func, this.replacements);
    return this.replacements.size > 0;
  }

  private step(value: Value): void {
    const { op, args, attributes } = value;
    const width = attributes.width!;
    const offset = attributes.offset ?? 0;
    if (op === 'load') {
      const place = placeOf(args[0]!, offset);
      const found = this.find(place, value);
      if (found) {
        this.replacements.set(value, found);
        return;
      }
      this.note({ root: place.root, offset: place.offset, width, value, signed: attributes.signed ?? false });
    }
    this.out.push(value);
    switch (op) {
      case 'store': {
        const place = placeOf(args[0]!, offset);
        this.forget(place, width);
        this.note({ root: place.root, offset: place.offset, width, value: args[1]!, signed: undefined });
        break;
      }
      case 'zero':
      case 'copy':
        this.forget(placeOf(args[0]!, offset), attributes.size!);
        break;
      case 'atomic_add':
      case 'atomic_xchg':
      case 'atomic_cmpxchg':
        this.forget(placeOf(args[0]!, offset), width);
        break;
      case 'call':
        if (!pureHelpers.has(attributes.name!) && !droppableHelpers.has(attributes.name!)) this.forgetAfterCall(value);
        break;
      case 'call_function':
      case 'call_kfunc':
        this.forgetAfterCall(value);
        break;
      default:
    }
  }

  private note(known: Known): void {
    if (this.known.length >= MOST_KNOWN) this.known.shift();
    this.known.push(known);
  }

  private find(place: Place, load: Value): Value | undefined {
    const { width, signed = false } = load.attributes;
    const known = this.known.find((k) => k.width === width && k.offset === place.offset && sameRoot(k.root, place.root));
    if (!known || !sameKind(known.value, load)) return undefined;
    if (width === 8 || known.signed === signed) return known.value;
    const made = this.func.newValue('extend', intType((width! * 8) as 8, signed), [known.value], { width, signed }, load.span);
    made.block = load.block;
    this.out.push(made);
    return made;
  }

  private forget(place: Place, size: number): void {
    for (const known of this.known) {
      if (!this.mayOverlap(known, place, size)) continue;
      this.known = this.known.filter((k) => !this.mayOverlap(k, place, size));
      return;
    }
  }

  private mayOverlap(known: Known, place: Place, size: number): boolean {
    if (sameRoot(known.root, place.root)) return known.offset < place.offset + size && place.offset < known.offset + known.width;
    if (regionOf(known.root) !== regionOf(place.root)) return false;
    if (known.root.op === 'slot' && place.root.op === 'slot') return false;
    if (known.root.op === 'map_value' && place.root.op === 'map_value') return known.root.attributes.name === place.root.attributes.name;
    return true;
  }

  private forgetAfterCall(call: Value): void {
    const given = new Set<StackSlot>();
    for (const arg of call.args) {
      const { slot } = placeOf(arg, 0).root.attributes;
      if (slot) given.add(slot);
    }
    this.known = this.known.filter(({ root }) => {
      const { slot } = root.attributes;
      return regionOf(root) === 'ctx' || (slot !== undefined && !given.has(slot) && !this.escaped.has(slot));
    });
  }
}

function sameRoot(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a.op === 'slot' && b.op === 'slot') return a.attributes.slot === b.attributes.slot;
  return a.op === 'map_value' && b.op === 'map_value' && a.attributes.name === b.attributes.name;
}

function regionOf(pointer: Value): Region | undefined {
  return pointer.type.kind === 'ptr' ? pointer.type.region : undefined;
}

/** Both integers, or both pointers to the same. */
function sameKind(known: Value, load: Value): boolean {
  if (known.type.kind === 'ptr' || load.type.kind === 'ptr') {
    return known.type.kind === 'ptr' && load.type.kind === 'ptr' && known.type.region === load.type.region && known.type.nullable === load.type.nullable;
  }
  return true;
}
