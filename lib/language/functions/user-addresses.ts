// uaddr: the address of a symbol of the probed program or library, in the process that the probe interrupts.
//
//   idea   a file that may be mapped anywhere keeps its distances: where the probed instruction lies in memory and where it stands in the file tell
//          how far everything of the file is moved
//   facts  probed-address.ts

import type { Value } from '../../model/ir/ir.js';
import { usdtCookie } from '../../model/layout/usdt.js';
import { pointerTo } from '../../model/types/space.js';
import * as say from '../diagnostics.js';
import type { CheckContext, LowerContext } from '../record.js';
import { knowsProbedAddress, probedAddress } from '../probed-address.js';
import { defineFunction } from './define.js';

const VALID = /^[A-Za-z0-9./_-]+$/;

export const uaddr = defineFunction({
  name: 'uaddr', mode: 'S', doc: 'Address of a symbol of the probed program or library: a pointer to an integer of the size of the symbol.',
  params: [{ name: 'symbol', accepts: 'literal string', doc: 'name of a variable or function' }],
  probes: ['uprobe', 'uretprobe', 'usdt'],
  check(call, c) {
    const name = String(c.literal(call.args[0]!));
    const facts = factsOf(c);
    const [symbol, ...others] = facts?.findData(name) ?? [];
    if (!VALID.test(name)) c.report(say.noSymbolName.at(call.args[0]!.span, { name }));
    else if (facts && !symbol) c.report(say.unknownUserSymbol.at(call.args[0]!.span, { path: facts.path, name }));
    else if (facts && others.length > 0) c.report(say.ambiguousUserSymbol.at(call.args[0]!.span, { path: facts.path, name, count: others.length + 1 }));
    else if (facts?.isPie && !knowsProbedAddress(c)) c.report(say.needsBtf.at(call.span, { name: 'uaddr() at a return' }));
    const bits = ([1, 2, 4, 8] as const).find((bytes) => bytes === symbol?.size) ?? 8;
    return pointerTo({ kind: 'int', bits: (bits * 8) as 8 | 16 | 32 | 64, signed: true, space: 'user' }, 'user');
  },
  lower(call, l) {
    const facts = factsOf(l)!;
    const { address } = facts.findData(String(l.literal(call.args[0]!)))[0]!;
    if (!facts.isPie) return l.b.const(address);
    const { places } = l.probe.binary!;
    if (places.length === 1) return l.b.add(probedAddress(l, call.span), address - places[0]!);
    return l.b.add(l.b.sub(probedAddress(l, call.span), probedPlace(l, places)), address);
  },
});

function factsOf({ target, probe }: Pick<CheckContext, 'target' | 'probe'>): ReturnType<CheckContext['target']['binary']> {
  return probe.binary && target.binary(probe.binary.path);
}

/** In the file: the probed place, of the several that share the program. */
function probedPlace(l: LowerContext, places: readonly bigint[]): Value {
  const table = new DataView(new ArrayBuffer(places.length * 8));
  places.forEach((place, i) => table.setBigUint64(i * 8, place, true));
  const cookie = l.b.call('get_attach_cookie', [l.context]);
  const index = l.probe.numbers === undefined ? cookie : l.b.shr(cookie, usdtCookie.rowShift);
  // The cookie is never outside of the table; the verifier does not know that.
  return l.select('ult', index, places.length, () => l.b.load(l.b.add(l.constant(new Uint8Array(table.buffer)), l.b.shl(index, 3)), 0, 8), () => l.b.const(0));
}
