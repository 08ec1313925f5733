// A thousand sessions with every option leave nothing: descriptors, BPF objects, processes, listeners, timers, memory.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { compile, load, openMachine, trace, type LoadOptions, type Program, type Session } from '../../../lib/index.js';
import { needs } from '../../helpers/needs.js';
import { onThisMachine } from '../../helpers/on-this-machine.js';

setFlagsFromString('--expose-gc');
// V8 gives its heaps of young objects, here and in the compiler's thread, up to 48 MB as it pleases: nothing that a session holds
setFlagsFromString('--max-semi-space-size=1');
setFlagsFromString('--semi-space-growth-factor=1');
const collectGarbage = runInNewContext('gc') as () => void;

const SESSIONS = 1000;
const small = { max_map_keys: 8, perf_rb_pages: 4 };
const AT_ONCE = 25;
/** From here on nothing may grow: code is compiled, the allocator has its arenas, the compiler's heap its size. */
const WARM = 200;
/** A busy machine makes fewer after them, but enough to see what grows. */
const MOST_MS = 35_000;
const LEAST = WARM + 80;
/** Descriptors of one session: what is being closed when it is looked. */
const ONE_SESSION = 8;

const machine = openMachine();
const unattached = 'begin { printf("%d\\n", 1); @m[1] = count(); @h = hist(3); } self:signal:SIGUSR1 { @m[2] = count(); } end { printf("end\\n"); }';
/** Attaching and detaching waits for every CPU: a script of its own, which has its turn now and then, as the compiler has. */
const text = `${unattached} interval:ms:1 { @n++; if (@n > 1) { exit(); } }`;

/** One way to run and end a session for each option and method that owns something. */
const ways: readonly (() => Promise<Session>)[] = [
  withOptions({}, async (session) => { for await (const event of session) if (event.type === 'printf') break; }),
  withOptions({ command: ['true'] }, async (session) => { await session.done; }),
  withOptions({ command: { argv: ['sleep', '100'] } }, async (session) => { await session.stop('discard'); }),
  withOptions({ queue: { size: 1, whenFull: 'drop-oldest' } }, async (session) => { session.events(); session.batches(); await session.stop(); }),
  withOptions({ missing: 'skip' }, async (session) => {
    await session.pause();
    // the script may have ended by itself
    await session.maps.get('@m').take().catch((error: unknown) => { if ((error as { code?: string }).code !== 'ERR_CLOSED') throw error; });
    await session.maps.get('@h').read();
    await session.resume();
    await session[Symbol.asyncDispose]();
  }),
  async () => {
    const abort = new AbortController();
    const session = await load(program, { signal: abort.signal });
    const reading = session.events({ signal: abort.signal }).next();
    abort.abort();
    await reading.catch(() => undefined);
    await session.done;
    return session;
  },
  async () => {
    // attaching fails after everything was loaded
    await load(program, { command: ['/proc/self/no-program'] }).catch(() => undefined);
    return load(program).then(async (session) => { await session.stop(); return session; });
  },
];
/** The slow ways: with a compiler, with a probe that is attached. */
const slowWays: readonly (() => Promise<Session>)[] = [
  async () => {
    const session = await trace(text, { machine, parameters: [1], config: { max_map_keys: 10 } });
    session.unref().ref();
    await session.stop();
    return session;
  },
  async () => {
    const session = await load(attached, { missing: 'skip' });
    await session.pause();
    await session.resume();
    await session.stop();
    return session;
  },
];
const SLOW_EVERY = 20;
let attached: Program;
let program: Program;

function withOptions(options: LoadOptions, use: (session: Session) => Promise<void>): () => Promise<Session> {
  return async () => {
    const session = await load(program, options);
    await use(session);
    await session.done;
    return session;
  };
}

interface Held {
  readonly descriptors: number;
  readonly bpf: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly listeners: number;
  readonly children: number;
  /** timers that run: of Node's list of what keeps the event loop busy */
  readonly timers: number;
}

function held(): Held {
  collectGarbage();
  collectGarbage();
  const links = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return []; // that of the listing itself
    }
  });
  const { heapUsed, rss } = process.memoryUsage();
  return {
    descriptors: links.length, bpf: links.filter((link) => /bpf|perf_event/.test(link)).length, heapBytes: heapUsed, rssBytes: rss,
    listeners: process.listenerCount('SIGUSR1'), children: children(),
    timers: process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout' || resource === 'Immediate').length,
  };
}

/** Processes that this one has started and not reaped. */
function children(): number {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
    try {
      // behind the name, which may hold anything: state, parent
      return Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ')[1]) === process.pid;
    } catch {
      return false; // it has ended meanwhile
    }
  }).length;
}

const MB = 1 << 20;

t.test(`${SESSIONS} sessions`, { timeout: 250_000, ...onThisMachine('what a session holds depends on the library, not on the kernel') }, async (t) => {
  if (!needs(t, 'root', 'software')) return;
  program = await compile(unattached, { machine, config: small });
  attached = await compile(text, { machine, config: small });
  let next = 0;
  const run = async (until: number): Promise<void> => {
    const deadline = Date.now() + MOST_MS;
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      while (next < until && Date.now() < deadline) {
        const number = next++;
        await (number % SLOW_EVERY === 0 ? slowWays[(number / SLOW_EVERY) % slowWays.length]!() : ways[number % ways.length]!());
      }
    }));
  };
  await run(WARM);
  const before = held();
  await run(SESSIONS);
  const after = held();
  t.ok(next >= LEAST, `${next} sessions`);
  t.ok(after.bpf <= before.bpf + ONE_SESSION, `${before.bpf} BPF objects and perf events, then ${after.bpf}`);
  t.equal(after.listeners, 0);
  t.equal(after.children, before.children, 'no process');
  t.ok(after.timers <= before.timers, `${before.timers} timers, then ${after.timers}`);
  t.ok(after.descriptors <= before.descriptors + ONE_SESSION, `${before.descriptors} descriptors, then ${after.descriptors}`);
  t.ok(after.heapBytes < before.heapBytes + 4 * MB, `heap ${(before.heapBytes / MB).toFixed(1)} MB, then ${(after.heapBytes / MB).toFixed(1)}`);
  t.ok(after.rssBytes < before.rssBytes + 40 * MB, `resident ${(before.rssBytes / MB).toFixed(1)} MB, then ${(after.rssBytes / MB).toFixed(1)}`);
  t.comment(`${next} sessions ${JSON.stringify({ before, after })}`);
});
