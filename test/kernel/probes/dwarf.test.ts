// Debug information of probed programs, on the running kernel: arguments, results, types and source lines of programs whose every value is known.

import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync, spawnSync } from 'node:child_process';
import t from 'tap';
import { compile } from '../../../lib/compile.js';
import { Source } from '../../../lib/model/source/source.js';
import { RunningTarget } from '../../../lib/runtime/discover/index.js';
import { loadNative } from '../../../lib/runtime/native/index.js';
import { needs } from '../../helpers/needs.js';
import { DwarfProgram, lineOfPlain, lineOfTwoPlaces } from './dwarf-program.js';
import { fireTogether, tellWrong, type Row } from './tables.js';

const builds: readonly (readonly [compiler: 'gcc' | 'clang', ...options: string[]])[] = [
  ['gcc', '-O0', '-gdwarf-5'], ['gcc', '-O2', '-gdwarf-4', '-gz'], ['gcc', '-O1', '-gdwarf-5', '-gz', '-flto'], ['gcc', '-O1', '-gdwarf-5', '-fdebug-types-section', '-static'],
  ['clang', '-O1', '-gdwarf-5'], ['clang', '-O0', '-gdwarf-4'],
  ['gcc', '-O2', '-gdwarf-5', '-gsplit-dwarf'], ['gcc', '-O1', '-gdwarf-4', '-gsplit-dwarf', '-fdebug-types-section'],
];

/** What every build says. */
function rows(path: string): Row[] {
  const at = (f: string): string => `uprobe:${path}:${f}`;
  return [
    ['numbers, texts, enums, bool', `${at('plain')} { @numbers[args.a, args.b, str(args.s), args.c, args.ok] = count(); }`, ['@numbers[-5, 200, text, GREEN, true]: 1']],
    ['all of them', `${at('many')} /args.a == 1/ { @list[args.b, args.c, args.d, args.e, args.f] = count(); }`, ['@list[2, 3, 4, 5, 6]: 1']],
    ['members of structs', `${at('plain')} { @members[args.n->name, args.n->pairs[2].b, args.n->number, args.n->next->number, str(args.n->text)] = count(); }`, ['@members[first, -6, 1234567890123, 77, hello]: 1']],
    ['bitfields', `${at('plain')} { @bits[args.n->low, args.n->middle, args.n->sign, args.n->next->sign] = count(); }`, ['@bits[5, 17, -3, 0]: 1']],
    ['enumerators by name', `${at('plain')} { @enums[args.n->color == GREEN, args.n->next->color == BELOW, RED] = count(); }`, ['@enums[true, true, RED]: 1']],
    ['arrays of arrays', `${at('plain')} { @matrix[args.n->matrix[1][0], args.n->matrix[0][2]] = count(); }`, ['@matrix[4, 3]: 1']],
    ['types by name', `${at('plain')} { @sizes[sizeof(struct node), offsetof(struct node, color), sizeof(ticks_t), offsetof(struct node, rest)] = count(); }`, ['@sizes[88, 36, 8, 88]: 1']],
    ['casts', `${at('plain')} { $n = (struct node *)arg3; @cast[$n->next->name, ((struct pair *)(arg3 + offsetof(struct node, pairs)))->b] = count(); }`, ['@cast[second, 2]: 1']],
    ['a struct of a name that the kernel has', `${at('mine')} { @mine[args.f->mine, ((struct file *)arg0)->mine] = count(); }`, ['@mine[99, 99]: 1']],
    ['behind floats and structs on the stack', `${at('mixed')} { @mixed[args.a, args.last] = count(); }`, ['@mixed[3, 1099511627776]: 1']],
    ['behind the place of a result', `${at('hidden')} { @hidden[args.a] = count(); }`, ['@hidden[42]: 1']],
    ['behind a struct of floats', `${at('floating')} { @floats[args.after] = count(); }`, ['@floats[11]: 1']],
    ['behind 128 bits', `${at('wide')} { @wide[args.after] = count(); }`, ['@wide[6]: 1']],
    ['a function of more arguments', `${at('find')} { @more[args.depth, args.n->name] = count(); }`, ['@more[2, first]: 1']],
    ['a static function of the second file', `${at('local')} { @local[args.l->only_here, ((struct local *)arg0)->only_here] = count(); }`, ['@local[4, 4]: 1']],
    ['results have types', `uretprobe:${path}:plain { @result[retval, retval < 0] = count(); }`, ['@result[5, false]: 1']],
    ['results that are pointers', `uretprobe:${path}:find { @found[retval->name, retval->color] = count(); }`, ['@found[second, BELOW]: 1']],
    ['a map keeps the type', `${at('plain')} { @kept = args.n; } uretprobe:${path}:plain { print(("kept", @kept->next->number)); }`, /^\(kept, 77\)$/m],
    ['a whole struct', `${at('plain')} { @whole = *args.n->next; }`, /^@whole: \{ \.name = second, \.pairs = \[.*\], \.number = 77, .*\.color = BELOW, .*\.matrix = \[\[0,0,0\],\[0,0,0\]\], \.rest = .*\}$/m],
    ['all arguments', `${at('mine')} { @args = args; }`, /^@args: \{ \.f = 0x[0-9a-f]+, \.o = 0x0 \}$/m],
  ];
}

for (const [compiler, ...options] of builds) {
  t.test(`${compiler} ${options.join(' ')}`, async (t) => {
    if (!needs(t, 'root', 'uprobe', 'gcc', compiler)) return;
    if (process.arch !== 'x64') return t.plan(0, 'the table is of the calling convention of x86-64');
    const program = new DwarfProgram(compiler, options);
    t.teardown(() => program.close());
    await program.start();
    await fireTogether(t, rows(program.path), { during: program.work });
  });
}

t.test('what cannot be read is told', async (t) => {
  if (!needs(t, 'gcc')) return;
  const program = new DwarfProgram('gcc', ['-O0', '-g']);
  t.teardown(() => program.close());
  const { path } = program;
  const no = (f: string, why: string): string => `Could not parse arguments of "uprobe:${path}:${f}": ${why}`;
  tellWrong(t, [
    [`uprobe:${path}:many { @ = args.g; }`, no('many', 'g lies on the stack, because no register is left for it')],
    [`uprobe:${path}:many { print(args); }`, no('many', 'g lies on the stack, because no register is left for it')],
    [`uprobe:${path}:mixed { @ = args.d; }`, no('mixed', 'd is a floating-point number, which no register that programs can read holds')],
    [`uprobe:${path}:mixed { @ = args.t; }`, no('mixed', 't is a struct that is passed by value')],
    [`uprobe:${path}:wide { @ = args.w; }`, no('wide', 'w is an integer of 128 bits')],
    [`uprobe:${path}:plain+4 { @ = args.a; }`, no('plain+4', `the debug information in ${path} has no function that begins at plain+4`)],
    [`uprobe:${path}:plain { @ = args.nosuch; }`, `Struct/union of type 'struct uprobe:${path}:plain_args' does not contain a field named 'nosuch'`],
    [`uretprobe:${path}:half { @ = retval; }`, `retval of uretprobe:${path}:half cannot be read: it is a floating-point number, which no register that programs can read holds`],
    [`uretprobe:${path}:hidden { @ = retval; }`, `retval of uretprobe:${path}:hidden cannot be read: it is a struct that is passed by value`],
    [`uprobe:${path}:plain { @ = ((struct nosuch *)arg0)->x; }`, "Unknown struct/union: 'struct nosuch'"],
    [`uprobe:${path}:mine { @ = args.o->x; }`, "Struct/union of type 'struct opaque' does not contain a field named 'x'"],
    [`uprobe:${path}@nosuch.c:3 { }`, `No source file of ${path} is called nosuch.c`],
    [`uprobe:${path}@program.c:1 { }`, 'Line 1 of program.c has no code'],
    [`uprobe:${path}@program.c:${lineOfPlain}:1 { }`, `Line ${lineOfPlain}, column 1 of program.c has no code`],
  ]);
});

/** What is said about a script that uses functions, types and lines of the program. */
function said({ path }: DwarfProgram, folders: readonly string[] = []): readonly string[] {
  const blocks = ['plain', 'mine', 'local', 'plain'].map((f) => `uprobe:${path}:${f} { print(args); }`);
  const script = `${blocks.join('\n')} uprobe:${path}:plain { @n = ((struct node *)arg3)->next; @s = sizeof(struct local); } uprobe:${path}@other.c:${lineOfTwoPlaces} { @places = count(); }`;
  const { diagnostics } = compile(new Source('stdin', script), new RunningTarget({ native: loadNative, debugFolders: folders }));
  return diagnostics.map((each) => each.saidBy('command').message.replaceAll(path, 'FILE'));
}

t.test('.dwo files', async (t) => {
  if (!needs(t, 'gcc')) return;
  const program = new DwarfProgram('gcc', ['-O0', '-g', '-gsplit-dwarf']);
  t.teardown(() => program.close());
  const { path, folder } = program;
  t.strictSame(said(program), [], 'beside the program');
  mkdirSync(join(folder, 'elsewhere'));
  for (const each of ['program', 'other']) renameSync(`${path}-${each}.dwo`, join(folder, `elsewhere/program-${each}.dwo`));
  t.strictSame(said(program, [join(folder, 'elsewhere')]), [], 'in a folder that is named');
  const system = '/usr/lib/debug';
  const missing = (places: string): string => `The debug information (DWARF) of FILE cannot be read: what it says of functions and types lies in another file (-gsplit-dwarf), program-program.dwo: ${places}`;
  t.strictSame(said(program)[0], missing(`it was looked for here: FILE-program.dwo, FILE.dwp, ${system}FILE.dwp, ${system}/program.dwp`));
  t.equal(said(program).filter((message) => message.includes('program-program.dwo')).length, 1, 'once, however many functions are asked for');
  const lines = compile(new Source('stdin', `uprobe:${path}@other.c:${lineOfTwoPlaces} { @ = count(); }`), new RunningTarget({ native: loadNative }));
  t.strictSame(lines.diagnostics, [], 'lines are in the program itself');
  const other = new DwarfProgram('gcc', ['-O1', '-g', '-gsplit-dwarf']);
  t.teardown(() => other.close());
  renameSync(`${other.path}-program.dwo`, `${path}-program.dwo`);
  t.strictSame(said(program)[0], missing('FILE-program.dwo is of another build of the program'));
});

for (const [command, compiler, ...options] of [['dwp', 'gcc', '-gdwarf-4'], ['dwp', 'gcc', '-gdwarf-4', '-fdebug-types-section'], ['llvm-dwp', 'gcc', '-gdwarf-5', '-fdebug-types-section'], ['llvm-dwp', 'clang', '-gdwarf-5']] as const) {
  t.test(`.dwp file by ${command}: ${compiler} ${options.join(' ')}`, async (t) => {
    if (!needs(t, compiler)) return;
    if (spawnSync(command, ['--help']).error !== undefined) return t.plan(0, `${command} is not installed`);
    const program = new DwarfProgram(compiler, ['-O1', '-gsplit-dwarf', ...options]);
    t.teardown(() => program.close());
    program.run(command, '-e', 'program', '-o', 'program.dwp');
    for (const name of readdirSync(program.folder).filter((each) => each.endsWith('.dwo'))) rmSync(join(program.folder, name));
    t.strictSame(said(program), []);
    renameSync(`${program.path}.dwp`, join(program.folder, 'other.dwp'));
    t.match(said(program)[0], /another file \(-gsplit-dwarf\)/, 'it is what was read');
  });
}

t.test('C++', async (t) => {
  if (!needs(t, 'root', 'uprobe', 'gcc')) return;
  if (process.arch !== 'x64') return t.plan(0, 'the table is of the calling convention of x86-64');
  for (const options of ['-gdwarf-5', '-gdwarf-4 -fdebug-types-section', '-gdwarf-5 -gsplit-dwarf']) {
    await t.test(options, async (t) => {
      const program = new DwarfProgram('g++', ['-O0', ...options.split(' ')]);
      t.teardown(() => program.close());
      await program.start();
      const at = (f: string): string => `uprobe:${program.path}:cpp:"ns::${f}"`;
      await fireTogether(t, [
        ['members of classes and their bases', `${at('Shape::area')} { @this[args.this->id, args.this->weight, args.this->side, args.this->kind, args.scale] = count(); }`, ['@this[9, 77, -3, LARGE, 4]: 1']],
        ['references and templates', `${at('unbox')} { @box[args.box->value, args.shape->id, *args.shape->reference] = count(); }`, ['@box[1234567890123, 9, 12]: 1']],
        ['behind a struct', `${at('by_value')} { @value[args.after] = count(); }`, ['@value[5]: 1']],
        ['each overload has its own', `${at('over(int)')} { @int[args.a] = count(); } ${at('over(char const*)')} { @text[str(args.a)] = count(); }`, ['@int[1]: 1']],
        ['classes by name', `${at('Shape::area')} { @class[((struct Shape *)arg0)->weight, sizeof(struct Trivial)] = count(); }`, ['@class[77, 8]: 1']],
        ...(options.startsWith('-gdwarf-5') ? [
          ['behind an object that is passed by reference', `${at('by_reference')} { @object[args.after] = count(); }`, ['@object[6]: 1']],
          ['behind an object that is returned', `${at('returned')} { @returned[args.first] = count(); }`, ['@returned[8]: 1']],
        ] as Row[] : []),
      ], { during: program.work });
    });
  }
});

t.test('source lines', async (t) => {
  if (!needs(t, 'root', 'uprobe', 'gcc')) return;
  for (const options of [['-O0', '-gdwarf-5'], ['-O1', '-gdwarf-4', '-gz'], ['-O1', '-gdwarf-5', '-gsplit-dwarf']]) {
    await t.test(options.join(' '), async (t) => {
      const program = new DwarfProgram('gcc', options);
      t.teardown(() => program.close());
      await program.start();
      const { path, folder } = program;
      await fireTogether(t, [
        ['of a function', `uprobe:${path}@program.c:${lineOfPlain} { @line[func] = count(); }`, /^@line\[plain\]: [1-9]/m],
        ['by its whole path', `uprobe:${path}@${folder}/program.c:${lineOfPlain} { @path[func] = count(); }`, /^@path\[plain\]: [1-9]/m],
        ['all places of a line', `uprobe:${path}@other.c:${lineOfTwoPlaces} { @places = count(); }`, /^@places: 2$/m],
      ], { during: program.work });
    });
  }
});

t.test('separate debug files', async (t) => {
  if (!needs(t, 'gcc')) return;
  const argumentsOf = (path: string, folders: readonly string[] = []): readonly string[] =>
    compile(new Source('stdin', `uprobe:${path}:plain { @ = args.a; }`), new RunningTarget({ native: loadNative, debugFolders: folders })).diagnostics.map((each) => each.saidBy('command').message);
  for (const [title, id] of [['with a build id', '-Wl,--build-id=sha1'], ['without', '-Wl,--build-id=none']] as const) {
    await t.test(title, async (t) => {
      const program = new DwarfProgram('gcc', ['-O0', '-g', id]);
      t.teardown(() => program.close());
      const { path, folder } = program;
      program.run('objcopy', '--only-keep-debug', 'program', 'program.debug');
      program.run('objcopy', '--strip-debug', '--add-gnu-debuglink=program.debug', 'program');
      t.strictSame(argumentsOf(path), [], 'beside the program');
      mkdirSync(join(folder, '.debug'));
      renameSync(`${path}.debug`, join(folder, '.debug/program.debug'));
      t.strictSame(argumentsOf(path), [], 'in .debug');
      mkdirSync(join(folder, 'elsewhere'));
      renameSync(join(folder, '.debug/program.debug'), join(folder, 'elsewhere/program.debug'));
      t.strictSame(argumentsOf(path), [`Could not parse arguments of "uprobe:${path}:plain": no debuginfo found for ${path}`]);
      t.strictSame(argumentsOf(path, [join(folder, 'elsewhere')]), [], 'in a folder that is named');
      if (id.endsWith('sha1')) {
        const buildId = /Build ID: ([0-9a-f]+)/.exec(execFileSync('readelf', ['-n', path]).toString())![1]!;
        mkdirSync(join(folder, 'ids/.build-id', buildId.slice(0, 2)), { recursive: true });
        renameSync(join(folder, 'elsewhere/program.debug'), join(folder, 'ids/.build-id', buildId.slice(0, 2), `${buildId.slice(2)}.debug`));
        t.strictSame(argumentsOf(path, [join(folder, 'ids')]), [], 'by its build id');
      } else rmSync(join(folder, 'elsewhere/program.debug'));
      const other = new DwarfProgram('gcc', ['-O1', '-g', id]);
      t.teardown(() => other.close());
      renameSync(other.path, `${path}.debug`);
      t.strictSame(argumentsOf(path), [`Could not parse arguments of "uprobe:${path}:plain": no debuginfo found for ${path}`], 'that of another build is none');
    });
  }
  await t.test('of a file that is none', async (t) => {
    const program = new DwarfProgram('gcc', ['-O0', '-g0']);
    t.teardown(() => program.close());
    program.run('objcopy', '--add-section', '.debug_info=program.c', 'program');
    const [message] = argumentsOf(program.path);
    t.match(message, /^The debug information \(DWARF\) of .*program cannot be read: /);
    t.ok(message!.includes(program.path));
    writeFileSync(`${program.path}.c`, '');
  });
});
