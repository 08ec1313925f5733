// IR text through passes and code generation.
//
//   sections  the name of a pass: that pass alone;  optimize: all of them;  select, regalloc: the dumps of code generation;
//             bpf: the instructions;  optimized bpf: the instructions after all passes

import t from 'tap';
import { generate } from '../../lib/compiler/codegen/index.js';
import { optimize, passNames } from '../../lib/compiler/optimize/index.js';
import { buildPipeline } from '../../lib/compiler/optimize/passes.js';
import { disassemble } from '../../lib/model/bpf/disassembler.js';
import type { Module } from '../../lib/model/ir/ir.js';
import { parseModule, printModule } from '../../lib/model/ir/text.js';
import { validateIr } from '../../lib/model/ir/validate.js';
import { runGoldens } from '../helpers/golden.js';

function runPass(module: Module, name: string): Module {
  const { preparation, round, finish } = buildPipeline();
  const pass = [...preparation, ...round, ...finish].find((p) => p.name === name)!;
  for (const func of module.functions) pass.run(func);
  validateIr(module);
  return module;
}

function assembly(module: Module): string {
  const { programs, subprograms } = generate(module, { check: true });
  return [...programs, ...subprograms].map((spec) => `${spec.name}:\n${disassemble(spec.insns).join('\n')}`).join('\n');
}

function dumped(module: Module, stage: string): string {
  let text = '';
  generate(module, {
    check: true,
    dump(at, dump) {
      if (at === stage) text += dump;
    },
  });
  return text;
}

for (const directory of ['ir', 'bpf']) {
  runGoldens(t, import.meta.url, directory, ({ source }, section) => {
    const module = parseModule(source);
    validateIr(module);
    if (passNames.includes(section)) return printModule(runPass(module, section));
    switch (section) {
      case 'optimize': return printModule(optimize(module, { check: true }));
      case 'bpf': return assembly(module);
      case 'optimized bpf': return assembly(optimize(module, { check: true }));
      case 'select':
      case 'regalloc': return dumped(module, section);
      default: throw new Error(`no section '${section}'`);
    }
  });
}
