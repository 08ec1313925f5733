// Event records: from the arguments of a call to bytes in the ring buffer.
//
//   fixed     reserved in the ring buffer and filled in place
//   varying   strings whose length is known only when they are read: the record is put together in scratch memory and copied
//             into the ring buffer with the bytes it has
//   packets   a record of fixed size, and the bytes of the packet, which the kernel copies behind it into a perf event array

import { flag } from '../../../model/bpf/uapi.js';
import { type Value, pointer, s64 } from '../../../model/ir/ir.js';
import type { Span } from '../../../model/source/source.js';
import { type RecordLayout, layoutRecord } from '../../../model/layout/layout.js';
import { portable } from '../../../model/types/portable.js';
import { sizeOf } from '../../../model/types/size.js';
import type { EventArgument } from '../../../language/record.js';
import type { Lowerer } from '../context.js';
import { PACKETS, RING_BUFFER, placeOf } from '../module-state.js';

const BPF_RB_FORCE_WAKEUP = 2;
/** a string that shows truncation is read with one byte more than its capacity */
const SLACK_BYTES = 8;

export interface EventOptions {
  /** wakes the reader up at once */
  readonly urgent?: boolean;
  /** what is done when the ring buffer has no room for a record; default: it is counted as lost */
  readonly unsent?: () => void;
}

export function sendEvent(l: Lowerer, handler: string, args: readonly EventArgument[], data: unknown, span: Span, options: EventOptions): void {
  const { id, layout } = addEvent(l, handler, args, data, span);
  const unsent = options.unsent ?? (() => l.f.countLost());
  // An argument with a side effect (`print(@n++)`) takes effect even when the ring buffer is full. So such a record is built in scratch memory
  // before room for it is asked for.
  if (args.some((a) => a.dynamicInto !== undefined || a.changes)) sendVarying(l, id, args, layout, { ...options, unsent });
  else sendFixed(l, id, args, layout, { ...options, unsent });
}

/** An event for the manifest: its number and the layout of its records. */
export function addEvent(l: Lowerer, handler: string, args: readonly EventArgument[], data: unknown, span: Span): { readonly id: number; readonly layout: RecordLayout } {
  const { state } = l.f;
  state.usesRingBuffer = true;
  const layout = layoutRecord(args.map((a) => a.type), (_, i) => args[i]!.dynamicInto !== undefined);
  const id = state.addEvent({ handler, data, place: placeOf(span), layout: { ...layout, arguments: layout.arguments.map((a) => ({ ...a, type: portable(a.type) })) } });
  return { id, layout };
}

function wakeupFlags({ urgent }: EventOptions): number {
  return urgent ? BPF_RB_FORCE_WAKEUP : 0;
}

function sendFixed(l: Lowerer, id: number, args: readonly EventArgument[], layout: RecordLayout, options: EventOptions): void {
  const { b } = l;
  const record = b.call('ringbuf_reserve', [b.map(RING_BUFFER), b.const(layout.fixedSize), b.const(0)], pointer('record', true));
  l.branch('ne', record, 0, () => {
    b.store(record, 0, 4, id);
    l.records.push(record);
    layout.arguments.forEach((a, i) => args[i]!.into({ base: record, offset: a.offset, type: a.type }));
    l.records.pop();
    b.call('ringbuf_submit', [record, b.const(wakeupFlags(options))]);
  }, options.unsent, true);
}

function sendVarying(l: Lowerer, id: number, args: readonly EventArgument[], layout: RecordLayout, options: EventOptions & { readonly unsent: () => void }): void {
  const { b } = l;
  const buffer = l.f.scratchPlace(layout.maxSize + SLACK_BYTES, 'statement');
  const dynamicCount = args.filter((a) => a.dynamicInto).length;
  b.store(buffer.base, buffer.offset, 4, id);
  // With more than two strings the sum of their lengths is stored to scratch memory and loaded again after each: the verifier then forgets
  // how the sum was made, and need not tell apart the ways that led to it.
  const forget = dynamicCount > 2 ? l.f.scratchPlace(8, 'statement') : undefined;
  let end: Value = b.const(layout.fixedSize);
  let capacityBefore = 0;
  layout.arguments.forEach((a, i) => {
    const argument = args[i]!;
    if (!argument.dynamicInto) {
      argument.into({ base: buffer.base, offset: buffer.offset + a.offset, type: a.type });
      return;
    }
    const limit = layout.fixedSize + capacityBefore;
    if (forget && capacityBefore > 0) {
      b.store(forget.base, forget.offset, 8, end);
      const loaded = b.load(forget.base, forget.offset, 8);
      end = l.select('ugt', loaded, limit, () => b.const(limit), () => loaded);
    }
    const base = b.add(buffer.base, end);
    const read = argument.dynamicInto({ base, offset: buffer.offset, type: a.type });
    const length = handlesLength(argument) ? read : l.select('sle', read, 0, () => b.const(0), () => b.sub(read, 1));
    b.store(buffer.base, buffer.offset + a.offset, 4, length);
    end = b.add(end, length);
    capacityBefore += sizeOf(a.type);
  });
  const start = b.add(buffer.base, buffer.offset);
  const result = b.call('ringbuf_output', [b.map(RING_BUFFER), start, end, b.const(wakeupFlags(options))], s64);
  l.branch('slt', result, 0, options.unsent);
}

const EFAULT = 14;

/** A perf buffer without room, or none of this CPU: the event is lost. A packet that is shorter than the script says is the script's affair. */
export function sendPacket(l: Lowerer, handler: string, args: readonly EventArgument[], data: unknown, span: Span, { skb, length }: { readonly skb: Value; readonly length: Value }): Value {
  const { b } = l;
  const { id, layout } = addEvent(l, handler, args, data, span);
  l.f.state.usesPackets = true;
  const record = l.temporaryBytes(layout.fixedSize, 'packet');
  for (let at = 0; at < layout.fixedSize; at += 8) b.store(record, at, 8, 0);
  b.store(record, 0, 4, id);
  layout.arguments.forEach((a, i) => args[i]!.into({ base: record, offset: a.offset, type: a.type }));
  const flags = b.add(b.shl(length, 32), b.const(flag.BPF_F_CURRENT_CPU));
  const result = b.call('skb_output', [skb, b.map(PACKETS), flags, record, b.const(layout.fixedSize)], s64);
  l.branch('ne', result, 0, () => l.branch('ne', result, -EFAULT, () => l.f.countLost()));
  return result;
}

/** The arguments of join() answer the length of their text, not what the read helper returned. */
function handlesLength(argument: EventArgument): boolean {
  return argument.givesLength === true;
}
