// Every function by name. A new one is a record, a line below, and its tests.

import { leaderComm, leaderId, parentComm, parentId } from '../builtins/task.js';
import type { FunctionRecord } from '../record.js';
import { macaddr, ntop, pton } from './addresses.js';
import { cat, errorf, printf, system, warnf } from './format-calls.js';
import { commOf } from './comm-of.js';
import { override, unwatch, writeUser } from './effects.js';
import { kfuncAllowed, kfuncExist } from './kernel.js';
import { deleteElement, find, hasKey, len } from './maps.js';
import { percpuKaddr } from './percpu.js';
import { buf, kaddr, kptr, reg, str, uptr } from './memory.js';
import { clear, emit, exit, join, print, time, zero } from './output-calls.js';
import { signal, signalThread } from './signals.js';
import { getopt } from './parameters.js';
import { strcontains, strlen, strncmp, strstr } from './strings.js';
import { cgroupPath, cgroupid } from './cgroups.js';
import { path } from './path.js';
import { skboutput } from './skboutput.js';
import { socketCookie } from './sockets.js';
import { strConcat, strcap } from './capacities.js';
import { memcmp } from './memory-compare.js';
import { bswap } from './numbers.js';
import { signalName, strerror, syscallName } from './number-texts.js';
import { fail, isLiteral, isScalar, signalNumberOf } from './meta.js';
import { dwUstackCall, kstackCall, ksym, ustackCall, usym } from './symbols.js';
import { debugf } from './trace-printk.js';
import { uaddr } from './user-addresses.js';
import { nsecsOf, pidOf, strftime, tidOf } from './times.js';

export const functions: ReadonlyMap<string, FunctionRecord> = new Map(
  [
    printf, errorf, warnf, system, cat,
    print, emit, clear, zero, exit, time, join,
    str, buf, kptr, uptr, kaddr, percpuKaddr, reg,
    ksym, usym, kstackCall, ustackCall, dwUstackCall,
    deleteElement, hasKey, find, len,
    strncmp, strcontains, strstr, strlen,
    nsecsOf, pidOf, tidOf, strftime,
    ntop, pton, macaddr, bswap,
    strerror, signalName, syscallName,
    memcmp,
    strcap, strConcat,
    cgroupid, cgroupPath, path, socketCookie, skboutput,
    fail, isLiteral, isScalar, signalNumberOf,
    commOf,
    signal, signalThread,
    parentId.call, parentComm.call, leaderId.call, leaderComm.call,
    getopt,
    kfuncExist, kfuncAllowed,
    uaddr,
    override, writeUser, unwatch, debugf,
  ].map((record) => [record.name, record]),
);
