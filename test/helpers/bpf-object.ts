// A BPF object as clang makes one of C: global functions in .text with their types. It proves linking where there is no clang.
//
//   object  int scaled(int x)                          { return x * 3; }
//           long joined(long a, unsigned char b)          { return a + b; }
//           void nothing(unsigned int x)               { }
//           int first(char *p)                         { return 0; }
//           struct pair *both(int x)                   { return 0; }

import { encodeBtfExt, type PlacedFunction } from '../../lib/compiler/object/line-info.js';
import { ElfWriter } from '../../lib/compiler/object/elf-writer.js';
import { Assembler } from '../../lib/model/bpf/assembler.js';
import { type Insn, encodeInsns } from '../../lib/model/bpf/insn.js';
import { type HelperName, helper } from '../../lib/model/bpf/uapi.js';
import { R0, R1, R2 } from '../../lib/model/bpf/registers.js';
import { BtfBuilder } from '../../lib/model/btf/builder.js';
import type { TypeId } from '../../lib/model/btf/types.js';
import { Source } from '../../lib/model/source/source.js';
import { sectionFlag } from '../../lib/model/target/elf-layout.js';

/** @param called  a helper or a kernel function that nothing() calls first */
export function bpfObject(license = 'GPL', called?: HelperName | `kfunc:${string}`): Uint8Array {
  const elf = new ElfWriter();
  const btf = new BtfBuilder();
  const int = btf.int('int', 4, { signed: true });
  const long = btf.int('long', 8, { signed: true });
  const char = btf.int('char', 1, { signed: true });
  const byte = btf.int('unsigned char', 1);
  const unsigned = btf.int('unsigned int', 4);
  const functions: readonly [name: string, insns: readonly Insn[], result: TypeId, parameters: readonly (readonly [string, TypeId])[]][] = [
    // the upper half of r0 is not the result's: it is filled with ones
    ['scaled', new Assembler().mov64(R0, R1).mul64(R0, 3).lsh64(R0, 32).rsh64(R0, 32).mov64(R1, -1).lsh64(R1, 32).or64(R0, R1).exit().finish(), int, [['x', int]]],
    ['joined', new Assembler().mov64(R0, R1).add64(R0, R2).exit().finish(), long, [['a', long], ['b', byte]]],
    ['nothing', calling(called).mov64(R0, 0).exit().finish(), 0, [['x', unsigned]]],
    ['first', new Assembler().mov64(R0, 0).exit().finish(), int, [['p', btf.ptr(char)]]],
    ['both', new Assembler().mov64(R0, 0).exit().finish(), btf.ptr(btf.struct('pair', 0, [])), [['x', int]]],
  ];
  const text = elf.section('.text', sectionFlag.alloc | sectionFlag.execute, 8);
  const insns: Insn[] = [];
  const placed: PlacedFunction[] = [];
  // libbpf wants lines of every function or of none
  const span = new Source('math.c', 'C').span(0, 1);
  for (const [name, code, result, parameters] of functions) {
    const own = code.map((insn) => ({ ...insn, span }));
    const type = btf.func(name, btf.funcProto(result, parameters.map(([parameter, type]) => ({ name: parameter, type }))), 'global');
    elf.symbol({ name, type: 'func', binding: 'global', section: text, value: insns.length * 8, sizeBytes: own.length * 8 });
    placed.push({ spec: { name, insns: own, argumentCount: parameters.length }, type, offset: insns.length * 8 });
    insns.push(...own);
  }
  elf.setData(text, encodeInsns(insns));
  if (called?.startsWith('kfunc:')) elf.symbol({ name: called.slice('kfunc:'.length), type: 'none', binding: 'global', section: 0, value: 0, sizeBytes: 0 });
  elf.section('license', sectionFlag.alloc | sectionFlag.write, 1, new TextEncoder().encode(`${license}\0`));
  const ext = encodeBtfExt([{ name: '.text', relocations: [], functions: placed }], btf, 'math.c');
  elf.section('.BTF', 0, 8, btf.finish());
  elf.section('.BTF.ext', 0, 8, ext);
  return elf.finish();
}

function calling(called: string | undefined): Assembler {
  const code = new Assembler();
  return called === undefined || called.startsWith('kfunc:') ? code : code.call(helper[called as HelperName]);
}
