// socket_cookie(): the number by which the kernel tells a socket from all others.
//
//   facts  bpf_get_socket_cookie, in tracing programs since Linux 5.12, which wants an object whose type the verifier knows (known-objects.ts). It gives
//          the socket a number at the first question, so that the number cannot be read from the struct instead

import { u64 } from '../../model/ir/ir.js';
import { spellType, uint64 } from '../../model/types/types.js';
import * as say from '../diagnostics.js';
import { isKnownToVerifier } from '../known-objects.js';
import { argumentOf, defineFunction } from './define.js';

export const socketCookie = defineFunction({
  name: 'socket_cookie', mode: 'S', doc: 'Number of a socket, which no other socket has while the machine runs; 0 for a null pointer.',
  params: [{ name: 'sk', accepts: 'any', doc: 'pointer to a struct sock, as args.sk' }],
  probes: ['fentry', 'fexit', 'rawtracepoint'],
  elsewhere: () => say.socketCookieElsewhere.with({}),
  needs: ['helper:get_socket_cookie'],
  check(call, c) {
    const argument = argumentOf(call, 0);
    const type = c.typeOf(argument);
    if (type.kind !== 'pointer' || type.to.kind !== 'struct' || type.to.name !== 'sock') {
      if (type.kind !== 'none' || !c.settling) c.report(say.noSocket.at(argument.span, { type: spellType(type) }));
    } else if (!isKnownToVerifier(argument, c)) c.report(say.unknownSocket.at(argument.span, {}));
    return uint64;
  },
  lower: (call, l) => l.b.call('get_socket_cookie', [l.objectPointer(argumentOf(call, 0))!], u64),
});
