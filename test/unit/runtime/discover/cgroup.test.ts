import t from 'tap';
import { CgroupPaths } from '../../../../lib/runtime/discover/kernel/cgroup.js';

const hierarchy = { name: 'unified', mountPoint: '/sys/fs/cgroup' };

/** A tree of groups, a clock, and how often the tree was walked. */
function scene(walkMs = 1): { groups: Map<bigint, string>; clock: { ms: number }; walks: () => number; paths: CgroupPaths } {
  const groups = new Map([[1n, '/'], [2n, '/a']]);
  const clock = { ms: 1000 };
  let walks = 0;
  const walk = (): Map<bigint, string> => {
    walks++;
    clock.ms += walkMs;
    return new Map(groups);
  };
  return { groups, clock, walks: () => walks, paths: new CgroupPaths([hierarchy], walk, () => clock.ms) };
}

t.test('groups that are known are not looked for', async (t) => {
  const { paths, walks } = scene();
  t.strictSame([paths.render(1n), paths.render(2n), paths.render(2n, 'uni*'), paths.render(2n, 'cpu')], ['unified:/', 'unified:/a', 'unified:/a', '']);
  t.equal(walks(), 1);
});

t.test('a group that no hierarchy has is looked for once in a while', async (t) => {
  const { paths, walks, clock } = scene();
  for (let i = 0; i < 1000; i++) {
    t.equal(paths.render(99n), '');
    clock.ms += 5;
  }
  t.equal(walks(), 1, 'in 5 s');
  clock.ms += 20_000;
  paths.render(99n);
  t.equal(walks(), 2);
});

t.test('a new group is found', async (t) => {
  const { paths, groups, clock, walks } = scene();
  paths.render(99n);
  groups.set(3n, '/b');
  clock.ms += 50;
  t.equal(paths.render(3n), 'unified:/b');
  t.equal(walks(), 2);
});

t.test('thousands of groups that are gone: walking takes a tenth of the time at most', async (t) => {
  const { paths, walks, clock } = scene(100);
  for (let id = 1000n; id < 11_000n; id++) {
    paths.render(id);
    clock.ms += 1;
  }
  t.ok(walks() <= 11, `${walks()} walks in ${clock.ms} ms`);
  t.equal(paths.render(2n), 'unified:/a');
});
