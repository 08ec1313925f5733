import t from 'tap';
import { Cell, IrBuilder } from '../../../../lib/model/ir/builder.js';
import { Func, pointer, u64 } from '../../../../lib/model/ir/ir.js';
import { printFunc } from '../../../../lib/model/ir/text.js';
import { findProblems } from '../../../../lib/model/ir/validate.js';

function newBuilder(): IrBuilder {
  const b = new IrBuilder(new Func('p', 'program', 'raw_tp'));
  b.parameter(pointer('ctx'));
  return b;
}

t.test('a variable written on two ways becomes a parameter where they meet', async (t) => {
  const b = newBuilder();
  const x = new Cell('x', u64);
  const [yes, no, after] = [b.newBlock('yes'), b.newBlock('no'), b.newBlock('after')];
  b.branch('eq', b.const(1), b.const(2), yes, no);
  b.enter(yes);
  b.write(x, b.const(3, u64));
  b.jump(after);
  b.enter(no);
  b.write(x, b.const(4, u64));
  b.jump(after);
  b.enter(after);
  b.return(b.read(x));
  t.same(findProblems(b.func), []);
  t.equal(after.params.length, 1);
  t.same(no.successors[0]!.args.map((v) => v.constant), [4n]);
});

t.test('a variable read round a loop', async (t) => {
  const b = newBuilder();
  const i = new Cell('i', u64);
  b.write(i, b.const(0, u64));
  const [head, body, after] = [b.newBlock('head'), b.newBlock('body'), b.newBlock('after')];
  b.jump(head);
  b.enter(head, { seal: false });
  b.branch('ult', b.read(i), b.const(10), body, after);
  b.enter(body);
  b.write(i, b.add(b.read(i), 1));
  b.jump(head);
  b.seal(head);
  b.enter(after);
  b.return(b.read(i));
  t.same(findProblems(b.func), []);
  t.match(printFunc(b.func), /jump b1\(v\d+\)[^]*b1 head\(v\d+: u64\)[^]*jump b1\(v\d+\)/);
});

t.test('a variable never written reads as 0', async (t) => {
  const b = newBuilder();
  const value = b.read(new Cell('x', u64));
  b.return(value);
  t.equal(value.constant, 0n);
  t.same(findProblems(b.func), []);
});

t.test('what follows the end of a block is not built', async (t) => {
  const b = newBuilder();
  b.return(b.const(0));
  b.store(b.slot(b.func.newSlot('s', 8)), 0, 8, 1);
  b.return(b.const(1));
  t.equal(b.func.entry.instructions.length, 1);
  t.ok(b.ended);
});

t.test('an edge to a block whose variables were looked up is refused', async (t) => {
  const b = newBuilder();
  const x = new Cell('x', u64);
  const [one, two] = [b.newBlock('one'), b.newBlock('two')];
  b.write(x, b.const(1, u64));
  b.branch('eq', b.const(1), b.const(2), one, two);
  b.enter(one);
  b.read(x);
  b.return(b.const(0));
  b.enter(two);
  b.write(x, b.const(2, u64));
  t.throws(() => b.jump(one), /an edge to one comes too late/);
});
