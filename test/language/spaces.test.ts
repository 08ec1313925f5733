// Address spaces travel in the type: every form of access reaches the memory that its pointer points to, whatever the probe's default is.

import t from 'tap';
import { boxOffset, definitions, forms, image } from '../helpers/space-forms.js';
import { FixtureTarget } from '../helpers/fixture-target.js';
import { runInSim } from '../helpers/sim-session.js';

process.env.TBPF_CHECK = '1';

const target = new FixtureTarget();
const places = { user: 0x7fff_0000_1000n, kernel: 0xffff_8881_0050_0000n } as const;

for (const [probe, byDefault] of [['tracepoint:sched:sched_switch', 'kernel'], ['interval:s:1', 'none']] as const) {
  for (const [space, base] of Object.entries(places)) {
    t.test(`${space} memory in a probe whose default is ${byDefault}`, async (t) => {
      const environment = { memory: [{ address: base, bytes: image(base), space: space as 'user' | 'kernel' }] };
      for (const { before = '', expression, want } of forms) {
        const script = `${definitions} ${probe} { $p = (struct box *)${space[0]}ptr(${base + BigInt(boxOffset)}); ${before} print(${expression}); ${before.includes('@m') ? 'clear(@m);' : ''} }`;
        const { stdout, stderr } = runInSim(script, { target, environment, warnings: false, fire: [{ context: Buffer.alloc(64) }] });
        t.strictSame([stdout.trim(), stderr], [want, ''], `${before} ${expression}`);
      }
    });
  }
}

/** A struct with a pointer that is declared as one to user memory, and one that is not. */
const mixed = 'struct leaf { int x; int y; }; struct mixed { struct leaf __user *tagged; struct leaf *plain; struct { struct leaf __user *deep; } in; };';
const leaf = (y: number): Buffer => Buffer.from(Int32Array.of(0, y).buffer);
const words = (...values: bigint[]): Buffer => Buffer.from(BigUint64Array.from(values).buffer);
const U = places.user;
const K = places.kernel;
const twoSpaces = {
  memory: [
    { address: U, bytes: leaf(1), space: 'user' as const }, { address: K, bytes: leaf(2), space: 'kernel' as const },
    // in kernel memory it points to either, in user memory to user memory only
    { address: K + 0x100n, bytes: words(U, K, U), space: 'kernel' as const }, { address: U + 0x100n, bytes: words(U, U, U), space: 'user' as const },
    // a number in user memory that is an address of the kernel
    { address: U + 0x200n, bytes: words(K, K, K), space: 'user' as const },
  ],
};

t.test('pointers that say by themselves where they point', async (t) => {
  const k = `$p = (struct mixed *)kptr(${K + 0x100n});`;
  const u = `$p = (struct mixed *)uptr(${U + 0x100n});`;
  const rows: [body: string, want: string][] = [
    [`${k} print(($p->tagged->y, $p->plain->y, $p->in.deep->y));`, '(1, 2, 1)'],
    [`${u} print(($p->tagged->y, $p->plain->y, $p->in.deep->y));`, '(1, 1, 1)'],
    [`${k} $s = *$p; print(($s.tagged->y, $s.plain->y, $s.in.deep->y));`, '(1, 2, 1)'],
    [`${u} $s = *$p; print(($s.tagged->y, $s.plain->y));`, '(1, 1)'],
    // the other space by force, and back
    [`${k} $q = kptr(uptr($p)); print(($q->tagged->y, $q->plain->y));`, '(1, 2)'],
    [`$p = (struct mixed *)uptr(${U + 0x200n}); print((kptr($p->plain)->y, $p->plain->y, kptr($p->tagged)->y));`, '(2, 0, 2)'],
    [`$p = (struct mixed *)uptr(${U + 0x200n}); print(((struct leaf *)kptr((uint64)$p->plain))->y);`, '2'],
    // one name for pointers of both spaces: the address says
    [`${k} $q = $p; $q = (struct mixed *)uptr(${U + 0x100n}); print(($q->plain->y, $q->tagged->y));`, '(1, 1)'],
    [`${k} $q = pid == 0 ? (struct mixed *)uptr(${U + 0x100n}) : $p; print(($q->plain->y, $q->in.deep->y));`, '(2, 1)'],
    [`${k} @m["k"] = $p; @m["u"] = (struct mixed *)uptr(${U + 0x100n}); print((@m["k"]->plain->y, @m["u"]->plain->y)); clear(@m);`, '(2, 1)'],
    [`${k} @m["k"] = *$p; @m["u"] = *(struct mixed *)uptr(${U + 0x100n}); print((@m["k"].plain->y, @m["u"].plain->y)); clear(@m);`, '(2, 1)'],
    [`@m["k"] = kptr(${K}); @m["u"] = uptr(${U}); print((*@m["k"] >> 32, *@m["u"] >> 32)); clear(@m);`, '(2, 1)'],
    [`$v = *(struct mixed *)uptr(${U + 0x100n}); $w = &$v; print((*$w).plain->y);`, '1'],
    [`$t = (kptr(${K}), 1); $t = (uptr(${U}), 1); print(((struct leaf *)$t.0)->y);`, '1'],
  ];
  for (const probe of ['tracepoint:sched:sched_switch', 'interval:s:1']) {
    for (const [body, want] of rows) {
      const { stdout, stderr } = runInSim(`${mixed} ${probe} { ${body} }`, { target, environment: twoSpaces, warnings: false, fire: [{ context: Buffer.alloc(64) }] });
      t.strictSame([stdout.trim(), stderr], [want, ''], `${probe} ${body}`);
    }
  }
});
