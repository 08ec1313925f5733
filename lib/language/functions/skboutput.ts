// skboutput(): packets into a capture file.
//
//   facts  bpf_skb_output, in tracing programs since Linux 5.5, wants an object whose type the verifier knows (known-objects.ts) and a perf event array; it
//          copies the bytes from skb->data on, paged ones too, and answers -EFAULT when the packet has fewer than it is asked for

import { u64 } from '../../model/ir/ir.js';
import type { Manifest } from '../../model/layout/manifest.js';
import { type Type, spellType, uint32, uint64 } from '../../model/types/types.js';
import * as say from '../diagnostics.js';
import { isKnownToVerifier } from '../known-objects.js';
import type { EventArgument, LowerContext } from '../record.js';
import { argumentOf, defineFunction } from './define.js';

/** A sample of a perf event has at most 65,535 bytes, with its headers and the record before the packet. */
const MOST_BYTES = 0xff00;

interface CaptureData { readonly path: string }

/** The capture files that a script writes. */
export function captureFiles({ events }: Manifest): readonly string[] {
  return events.filter(({ handler }) => handler === skboutput.name).map(({ data }) => (data as CaptureData).path);
}

function register(type: Type, value: ReturnType<LowerContext['value']>, l: LowerContext): EventArgument {
  return { type, into: (to) => l.b.store(to.base, to.offset, type === uint64 ? 8 : 4, value) };
}

export const skboutput = defineFunction({
  name: 'skboutput', mode: 'A', doc: 'Writes a packet into a capture file (pcap), as tcpdump -r reads it; 0 when it was sent to it.',
  params: [
    { name: 'path', accepts: 'literal string', doc: 'the file, which is made anew' },
    { name: 'skb', accepts: 'any', doc: 'pointer to a struct sk_buff, as args.skb' },
    { name: 'length', accepts: 'integer', doc: 'bytes from skb->data on, as args.skb.len; of more than 65,280 the first are captured' },
    { name: 'offset', accepts: 'integer', doc: 'how many of them lie before the IP header and are left out' },
  ],
  probes: ['fentry', 'fexit', 'rawtracepoint'],
  elsewhere: (kind) => say.skboutputElsewhere.with({ kind }),
  needs: ['helper:skb_output'],
  check(call, c) {
    const argument = argumentOf(call, 1);
    const type = c.typeOf(argument);
    if (type.kind !== 'pointer' || type.to.kind !== 'struct' || type.to.name !== 'sk_buff') {
      if (type.kind !== 'none' || !c.settling) c.report(say.noPacket.at(argument.span, { type: spellType(type) }));
    } else if (!isKnownToVerifier(argument, c)) c.report(say.unknownPacket.at(argument.span, {}));
    return uint32;
  },
  lower(call, l) {
    const { b } = l;
    const length = l.value(argumentOf(call, 2), uint64);
    const offset = l.value(argumentOf(call, 3), uint32);
    const captured = l.select('ugt', length, MOST_BYTES, () => b.const(MOST_BYTES), () => length);
    const skb = l.objectPointer(argumentOf(call, 1))!;
    const now = b.call('ktime_get_boot_ns', [], u64);
    const args = [register(uint32, captured, l), register(uint64, now, l), register(uint32, length, l), register(uint32, offset, l)];
    const data: CaptureData = { path: String(l.literal(argumentOf(call, 0))) };
    return b.extend(l.packet(call.name, args, data, call.span, { skb, length: captured }), 4, false);
  },
  handler: (spec, services) => {
    const file = services.packetFile((spec.data as CaptureData).path);
    const read = services.recordReader(spec.layout);
    return (view, offset, length) => {
      const [captured, ns, whole, before] = read(view, offset, length).map((value) => BigInt(value as bigint));
      const skipped = Number(before! < captured! ? before! : captured!);
      const start = view.byteOffset + offset + spec.layout.fixedSize;
      file.add(ns!, new Uint8Array(view.buffer, start + skipped, Number(captured!) - skipped), Number(whole!) - skipped);
    };
  },
});
