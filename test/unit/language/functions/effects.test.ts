// override, write_user, debugf and unwatch in the simulator.

import t from 'tap';
import { FixtureTarget } from '../../../helpers/fixture-target.js';
import { complaintsOf, runInSim } from '../../../helpers/sim-session.js';

process.env.TBPF_CHECK = '1';

const USER = 0x7fff_0000_1000n;
const READ_ONLY = 0x7fff_0000_2000n;
const KERNEL = 0xffff_8881_0030_0000n;

t.test('write_user', async (t) => {
  const rows: [statement: string, answer: string, bytes: string][] = [
    ['$x = (uint32)0x64636261; print(write_user(ADDRESS, &$x, 4));', 'true', 'abcd5678'],
    ['$x = (uint32)0x64636261; print(write_user(ADDRESS + 2, &$x, 2));', 'true', '12ab5678'],
    ['print(write_user(ADDRESS, "xyz", 3));', 'true', 'xyz45678'],
    ['$s = "text"; $n = 2; print(write_user(ADDRESS, $s, $n));', 'true', 'te345678'],
    ['$a = (uint8[8])0x6867666564636261; print(write_user(ADDRESS, $a, 8));', 'true', 'abcdefgh'],
    [`$n = 4; print(write_user(ADDRESS, kptr((uint64)${KERNEL}), $n));`, 'true', 'kern5678'],
    [`print(write_user(ADDRESS, uptr((uint64)${READ_ONLY}), 8));`, 'true', 'constant'],
    ['$x = (uint32)1; $n = 0; print(write_user(ADDRESS, &$x, $n));', 'false', '12345678'],
    ['$x = (uint32)1; $n = 100000; print(write_user(ADDRESS, &$x, $n));', 'false', '12345678'],
    ['$x = (uint32)1; $n = -1; print(write_user(ADDRESS, &$x, $n));', 'false', '12345678'],
    ['print(write_user(ADDRESS, kptr((uint64)8), 4));', 'false', '12345678'],
    [`$x = (uint32)1; print(write_user((uint64)${READ_ONLY}, &$x, 4));`, 'false', '12345678'],
    ['$x = (uint32)1; print(write_user(0, &$x, 4));', 'false', '12345678'],
    ['for $i : 0..3 { $c = (uint8)(0x30 + $i); @w[$i] = write_user(ADDRESS + $i, &$c, 1); } print(@w[2]); clear(@w);', 'true', '01245678'],
  ];
  for (const [statement, answer, bytes] of rows) {
    t.test(statement, async (t) => {
      const memory = Buffer.from('12345678');
      const { stdout, stderr } = runInSim(`tracepoint:sched:sched_switch { ${statement.replaceAll('ADDRESS', `(uint64)${USER}`)} }`, {
        unsafe: true, fire: [{ context: Buffer.alloc(128) }],
        environment: { memory: [
          { address: USER, bytes: memory, space: 'user', writable: true }, { address: READ_ONLY, bytes: Buffer.from('constant'), space: 'user' }, { address: KERNEL, bytes: Buffer.from('kernel text\0'), space: 'kernel' },
        ] },
        config: { print_maps_on_exit: false },
      });
      t.equal(stderr, '');
      t.equal(stdout.trim(), answer);
      t.equal(memory.toString(), bytes);
    });
  }
});

t.test('debugf', async (t) => {
  const rows: [call: string, text: string][] = [
    ['debugf("plain\\n")', 'plain\n'],
    ['debugf("%d %u %x", -5, (uint32)7, 255)', '-5 7 ff'],
    ['debugf("100%% %s", "text")', '100% text'],
    ['debugf("%s|%lld|%p", comm, (int64)-1, (uint64)0xabc)', 'sim|-1|0xabc'],
    ['debugf("%s %s %s", "a", comm, "c")', 'a sim c'],
    ['debugf("%5d|%-5d|%05d", 1, 2, 3)', '    1|2    |00003'],
  ];
  for (const [call, text] of rows) {
    t.test(call, async (t) => {
      const { machine, stderr } = runInSim(`tracepoint:sched:sched_switch { ${call}; }`, { fire: [{ context: Buffer.alloc(128) }] });
      t.equal(stderr, '');
      t.same(machine?.tracePipe, [text]);
    });
  }
});

t.test('override', async (t) => {
  const run = (script: string): readonly bigint[] => runInSim(script, { unsafe: true, fire: [{ context: Buffer.alloc(168) }] }).machine!.overrides;
  t.same(run('kprobe:vfs_read { override(-1); }'), [0xffffffffffffffffn]);
  t.same(run('kprobe:vfs_read { $n = (int32)-12; override($n); }'), [BigInt.asUintN(64, -12n)]);
  t.same(run('kprobe:vfs_read { if (pid == 1) { override(5); } }'), []);
  const { compiled } = runInSim('kprobe:vfs_* { override(-1); }', { unsafe: true, run: true, fire: [] });
  t.same(compiled!.manifest.programs.map(({ attach }) => attach.kind), ['kprobe', 'kprobe'], 'no multi link');

  t.match(complaintsOf('kprobe:vfs_read { override(1); }', { unsafe: true, target: new FixtureTarget({ lacks: ['helper:override_return'] }) }), 'CONFIG_BPF_KPROBE_OVERRIDE');
  const some = new FixtureTarget({ injectable: ['vfs_read'] });
  t.equal(complaintsOf('kprobe:vfs_read { override(1); }', { unsafe: true, target: some }), '');
  t.match(complaintsOf('kprobe:vfs_write { override(1); }', { unsafe: true, target: some }), 'The kernel does not allow to override vfs_write');
  t.match(complaintsOf('kprobe:vfs_* { override(1); }', { unsafe: true, target: some }), 'The kernel does not allow to override vfs_write');
});

t.test('unwatch', async (t) => {
  const { stdout, stderr } = runInSim('begin { unwatch(5); print(1); }');
  t.match(stdout, 'WARNING: unwatch() does nothing: a watchpoint stays until the script ends');
  t.equal(stderr, '');
});
