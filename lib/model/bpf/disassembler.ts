// Instructions as text, in the notation of llvm-objdump, with the names that a plain dump has lost.
//
//   in     Insn[] of one program or subprogram
//   out    one line an instruction: slot number, text, `# helper, map or function name`, on request the script line at the right;
//          a jump target has a line `<label>:` of its own before it
//   facts  targets without a name are called L and their slot; 32-bit operations name registers w0-w10

import type { Insn, Reference } from './insn.js';
import { slotCount } from './insn.js';
import type { AluOp, Opcode } from './opcodes.js';
import { decodeAtomicOp, decodeOpcode } from './opcodes.js';
import { flag, helperName } from './uapi.js';

const aluSymbols: Readonly<Record<AluOp, string>> = {
  add: '+=', sub: '-=', mul: '*=', div: '/=', or: '|=', and: '&=', lsh: '<<=', rsh: '>>=', mod: '%=', xor: '^=', mov: '=', arsh: 's>>=',
};
const atomicSymbols = { add: '+=', or: '|=', and: '&=', xor: '^=' } as const;

export interface DisassembleOptions {
  /** show the script line beside the first instruction made from it */
  readonly sources?: boolean;
}

const SOURCE_COLUMN = 56;

export function disassemble(insns: readonly Insn[], options: DisassembleOptions = {}): string[] {
  const names = nameTargets(insns);
  const lines: string[] = [];
  let slot = 0;
  let shown = '';
  for (const insn of insns) {
    const label = names.get(slot) ?? insn.label;
    if (label !== undefined) lines.push(`<${label}>:`);
    const distance = jumpDistance(insn);
    let line = `${String(slot).padStart(6)}:  ${formatInsn(insn, distance === undefined ? undefined : names.get(slot + 1 + distance))}`;
    const source = options.sources ? sourceLine(insn) : undefined;
    if (source !== undefined && source !== shown) {
      shown = source;
      line = `${line.padEnd(SOURCE_COLUMN)}  ; ${source}`;
    }
    lines.push(line);
    slot += slotCount(insn);
  }
  return lines;
}

/** One instruction; `target` names the place where a jump goes. Bytes that are no instruction print as `<unknown 0x…>`. */
export function formatInsn(insn: Insn, target?: string): string {
  const remarks = [meaning(insn), insn.comment].filter((text) => text !== undefined);
  const text = formatOperation(insn, decodeOpcode(insn.opcode)) + (target === undefined ? '' : ` <${target}>`);
  return remarks.length ? `${text}  # ${remarks.join('; ')}` : text;
}

/** Slots a jump skips; undefined for everything that is not a jump within the function. */
export function jumpDistance(insn: Insn): number | undefined {
  const opcode = decodeOpcode(insn.opcode);
  if (opcode.kind === 'jump') return insn.off;
  if (opcode.kind === 'goto') return opcode.wide ? Number(insn.imm) : insn.off;
  return undefined;
}

function formatOperation(insn: Insn, opcode: Opcode): string {
  const { off, imm } = insn;
  const dst = `r${insn.dst}`;
  const src = `r${insn.src}`;
  switch (opcode.kind) {
    case 'alu': {
      const letter = opcode.width === 64 ? 'r' : 'w';
      const left = `${letter}${insn.dst}`;
      const right = opcode.source === 'imm' ? `${imm}` : `${letter}${insn.src}`;
      if (opcode.op === 'mov' && off !== 0) return `${left} = (s${off})${right}`;
      const signed = (opcode.op === 'div' || opcode.op === 'mod') && off === 1 ? 's' : '';
      return `${left} ${signed}${aluSymbols[opcode.op]} ${right}`;
    }
    case 'neg': {
      const left = opcode.width === 64 ? dst : `w${insn.dst}`;
      return `${left} = -${left}`;
    }
    case 'endian':
      return `${dst} = ${opcode.to === 'swap' ? 'bswap' : opcode.to}${imm} ${dst}`;
    case 'jump': {
      const letter = opcode.width === 64 ? 'r' : 'w';
      const right = opcode.source === 'imm' ? `${imm}` : `${letter}${insn.src}`;
      return `if ${letter}${insn.dst} ${opcode.condition} ${right} goto ${withSign(off)}`;
    }
    case 'goto':
      return opcode.wide ? `gotol ${withSign(Number(imm))}` : `goto ${withSign(off)}`;
    case 'call':
      return opcode.source === 'reg' ? `callx ${dst}` : `call ${imm}`;
    case 'exit':
      return 'exit';
    case 'load':
      return `${dst} = *(${opcode.signed ? opcode.size.replace('u', 's') : opcode.size} *)${place(src, off)}`;
    case 'store':
      return `*(${opcode.size} *)${place(dst, off)} = ${opcode.source === 'imm' ? imm : src}`;
    case 'atomic':
      return formatAtomic(insn, opcode.size === 'u32' ? 32 : 64) ?? unknown(insn);
    case 'lddw':
      return `${dst} = ${BigInt.asIntN(64, BigInt(imm))} ll`;
    case 'unknown':
      return unknown(insn);
  }
}

function formatAtomic(insn: Insn, bits: 32 | 64): string | undefined {
  const atomic = decodeAtomicOp(Number(insn.imm));
  if (!atomic) return undefined;
  const [register, suffix] = bits === 64 ? ['r', '_64'] : ['w', '32_32'];
  const src = `${register}${insn.src}`;
  const at = place(`r${insn.dst}`, insn.off).slice(1, -1);
  switch (atomic.op) {
    case 'xchg':
      return `${src} = xchg${suffix}(${at}, ${src})`;
    case 'cmpxchg':
      return `${register}0 = cmpxchg${suffix}(${at}, ${register}0, ${src})`;
    default:
      if (atomic.fetch) return `${src} = atomic_fetch_${atomic.op}((u${bits} *)(${at}), ${src})`;
      return `lock *(u${bits} *)(${at}) ${atomicSymbols[atomic.op]} r${insn.src}`;
  }
}

/** What a number in the instruction stands for. */
function meaning(insn: Insn): string | undefined {
  if (insn.reference) return formatReference(insn.reference);
  const opcode = decodeOpcode(insn.opcode);
  if (opcode.kind === 'call' && opcode.source === 'imm' && insn.src === 0) return helperName(Number(insn.imm));
  if (opcode.kind === 'lddw' && insn.src === flag.BPF_PSEUDO_FUNC) return 'function';
  return undefined;
}

function formatReference(reference: Reference): string {
  switch (reference.kind) {
    case 'map':
      return `map ${reference.name}`;
    case 'map_value':
      return `${reference.name}[${reference.offset}]`;
    case 'function':
      return reference.name;
    case 'field':
      return `offset of ${reference.name}`;
    case 'argument':
      return `argument ${reference.name}`;
    case 'kfunc':
      return `kfunc ${reference.name}`;
  }
}

function nameTargets(insns: readonly Insn[]): ReadonlyMap<number, string> {
  const labelAt = new Map<number, string | undefined>();
  const targets = new Set<number>();
  let slot = 0;
  for (const insn of insns) {
    const distance = jumpDistance(insn);
    if (distance !== undefined) targets.add(slot + 1 + distance);
    if (insn.label !== undefined) labelAt.set(slot, insn.label);
    slot += slotCount(insn);
  }
  return new Map([...targets].map((target) => [target, labelAt.get(target) ?? `L${target}`]));
}

function sourceLine(insn: Insn): string | undefined {
  if (!insn.span) return undefined;
  const { source, start } = insn.span;
  const { line } = source.positionAt(start);
  return `${line}: ${source.line(line).trim()}`;
}

const withSign = (n: number): string => (n < 0 ? `${n}` : `+${n}`);
const place = (base: string, off: number): string => `(${base} ${off < 0 ? '-' : '+'} ${Math.abs(off)})`;
const unknown = (insn: Insn): string => `<unknown 0x${insn.opcode.toString(16).padStart(2, '0')}>`;
