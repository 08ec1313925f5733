import { readFileSync } from 'node:fs';
import t from 'tap';
import { Btf } from '../../../../lib/model/btf/btf.js';
import { findField } from '../../../../lib/model/btf/fields.js';
import { formatParameter, formatStruct, formatType } from '../../../../lib/model/btf/format.js';
import { prototypeOf } from '../../../../lib/model/btf/prototype.js';
import type { BtfFunc, BtfFuncProto } from '../../../../lib/model/btf/types.js';

const btf = Btf.parse(readFileSync(new URL('../../../fixtures/btf/linux-6.18-x86_64.btf', import.meta.url)));

/** struct, field → the field's type as C */
const fields: [struct: string, field: string, type: string][] = [
  ['task_struct', 'pid', 'pid_t'],
  ['task_struct', 'comm', 'char[16]'],
  ['task_struct', 'real_parent', 'struct task_struct *'],
  ['task_struct', 'mm', 'struct mm_struct *'],
  ['task_struct', 'nsproxy', 'struct nsproxy *'],
  ['file', 'f_path', 'const struct path'],
  ['path', 'dentry', 'struct dentry *'],
  ['dentry', 'd_name', 'const struct qstr'],
  ['qstr', 'name', 'const unsigned char *'],
  ['qstr', 'len', 'u32'],
  ['sock', '__sk_common', 'struct sock_common'],
  ['sock_common', 'skc_daddr', '__be32'],
  ['sock_common', 'skc_dport', '__be16'],
  ['trace_event_raw_sys_enter', 'args', 'long unsigned int[6]'],
  ['bpf_iter__task', 'task', 'struct task_struct *'],
];
t.test('fields', async (t) => {
  for (const [struct, name, type] of fields) {
    const field = findField(btf, btf.find('struct', struct)!, name);
    t.equal(field && formatType(btf, field.type), type, `${struct}.${name}`);
  }
});

t.test('every recorded type can be read, every id in it exists', async (t) => {
  const sizeless: string[] = [];
  for (let id = 1; id < btf.endId; id++) {
    const type = btf.type(id);
    if ('type' in type) btf.type(type.type);
    if (type.kind !== 'struct' && type.kind !== 'union') continue;
    for (const member of type.members) if (btf.sizeOf(member.type) === undefined) sizeless.push(`${type.name}.${member.name}`);
  }
  t.same(sizeless, [], 'members without a size');
  t.ok(btf.endId > 1000);
});

t.test('functions', async (t) => {
  const proto = btf.type((btf.type(btf.find('func', 'vfs_read')!) as BtfFunc).type) as BtfFuncProto;
  t.same(proto.parameters.map(({ type, name }) => formatParameter(btf, type, name)), ['struct file * file', 'char * buf', 'size_t count', 'loff_t * pos']);
  t.equal(formatType(btf, proto.returns), 'ssize_t');
  t.same(prototypeOf(btf, 'bpf_task_release'), { returns: { kind: 'void' }, parameters: [{ kind: 'ptr', to: { kind: 'struct', name: 'task_struct' } }] });
  t.equal(prototypeOf(btf, 'no_such_function'), undefined);
});

t.test('a definition', async (t) => {
  t.equal(formatStruct(btf, 'path'), 'struct path {\n\tstruct vfsmount *mnt;\n\tstruct dentry *dentry;\n};');
});
