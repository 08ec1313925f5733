// Where instructions of x86-64 code begin: their lengths, and nothing else of them.
//
//   idea   two tables say by opcode what follows it; prefixes decide how wide an immediate is. What no compiler writes in user space, and
//          what processors or extensions disagree about, is not known: the answer is then that nothing can be said
//   facts  Intel SDM volume 2: chapter 2 (prefixes, ModRM, SIB, VEX, EVEX) and the opcode maps of appendix A

/** What follows each opcode of one byte, 16 a row:
 *  `.` nothing, `m` ModRM, `b` imm8, `w` imm16, `z` imm16 or imm32, `v` imm16 to imm64, `d` a 32-bit displacement, `a` an address, `e` imm16 and imm8;
 *  `B` and `Z` ModRM and b or z, `t` and `T` the same where ModRM says so (test), `P` ModRM of pop; `p` it is a prefix, `R` it is REX;
 *  `0` the next byte is an opcode of the second table, `2` `3` VEX of two or three bytes, `4` EVEX; `x` not known */
const oneByte = [
  'mmmmbzxxmmmmbzx0',
  'mmmmbzxxmmmmbzxx',
  'mmmmbzpxmmmmbzpx',
  'mmmmbzpxmmmmbzpx',
  'RRRRRRRRRRRRRRRR',
  '................',
  'xx4mppppzZbB....',
  'bbbbbbbbbbbbbbbb',
  'BZxBmmmmmmmmmmmP',
  '..........x.....',
  'aaaa....bz......',
  'bbbbbbbbvvvvvvvv',
  'BBw.32BZe.w..bx.',
  'mmmmxxx.mmmmmmmm',
  'bbbbbbbbddxb....',
  'p.pp..tT......mm',
].join('');

/** The same for opcodes behind 0F. `8` and `A`: the next byte is an opcode of the maps 0F 38 (all ModRM) and 0F 3A (all ModRM and imm8). */
const twoByte = [
  'mmmmx.....x.xm.B',
  'mmmmmmmmmmmmmmmm',
  'xxxxxxxxmmmmmmmm',
  '......x.8xAxxxxx',
  'mmmmmmmmmmmmmmmm',
  'mmmmmmmmmmmmmmmm',
  'mmmmmmmmmmmmmmmm',
  'BBBBmmm.xmxxmmmm',
  'dddddddddddddddd',
  'mmmmmmmmmmmmmmmm',
  '...mBmxx...mBmmm',
  'mmmmmmmmmmBmmmmm',
  'mmBmBBBm........',
  'mmmmmmmmmmmmmmmm',
  'mmmmmmmmmmmmmmmm',
  'mmmmmmmmmmmmmmmx',
].join('');

/** opcodes of map 1 that have an imm8 in VEX and EVEX, all others have none */
const vectorWithImmediate = new Set([0x70, 0x71, 0x72, 0x73, 0xc2, 0xc4, 0xc5, 0xc6]);
const VZEROUPPER = 0x77;
const OPERAND_SIZE = 0x66;
const ADDRESS_SIZE = 0x67;
const MOST_BYTES = 15;

/** Bytes of the instruction that begins at `at`; undefined: not known, or the code ends before it does. */
export function instructionBytes(code: Uint8Array, at: number): number | undefined {
  const cursor = { code, at };
  const form = readOpcode(cursor);
  const end = form === undefined ? undefined : operandsEnd(code, cursor.at, form);
  return end === undefined || end > code.length || end - at > MOST_BYTES ? undefined : end - at;
}

/** Whether an instruction begins at `offset`, when one begins at 0; undefined: there is something before it whose length is not known. */
export function beginsInstruction(code: Uint8Array, offset: number): boolean | undefined {
  let at = 0;
  while (at < offset) {
    const bytes = instructionBytes(code, at);
    if (bytes === undefined) return undefined;
    at += bytes;
  }
  return at === offset;
}

/** Opcodes of one byte that compilers write most; behind no prefix but REX every kernel lets a user probe stand on them (good_insns_64 in
 * arch/x86/kernel/uprobes.c): arithmetic, push and pop, mov and lea, tests, shifts, calls and jumps. */
const everyday = new Set([
  ...range(0x00, 0x3f).filter((opcode) => (opcode & 7) < 6), ...range(0x50, 0x5f), 0x63, ...range(0x68, 0x6b), ...range(0x70, 0x81), ...range(0x83, 0x8b), 0x8d, 0x90, 0x98, 0x99, 0xa8,
  0xa9, ...range(0xb0, 0xc3), 0xc6, 0xc7, 0xc9, ...range(0xd0, 0xd3), 0xe8, 0xe9, 0xeb, 0xf6, 0xf7, 0xfe, 0xff,
]);
const ENDBR64 = [0xf3, 0x0f, 0x1e, 0xfa];

/** Whether a user probe can stand on the instruction, as far as that is beyond doubt; false says nothing. */
export function takesProbe(code: Uint8Array): boolean {
  if (ENDBR64.every((byte, index) => code[index] === byte)) return true;
  const hasRex = (code[0]! & 0xf0) === 0x40;
  return everyday.has(code[hasRex ? 1 : 0]!);
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** What stands before operands. */
interface Form {
  /** letter of the tables */
  readonly operands: string;
  readonly wide: boolean;
  readonly short: boolean;
  readonly shortAddress: boolean;
}

interface Cursor {
  readonly code: Uint8Array;
  at: number;
}

/** Prefixes and opcode; the cursor is behind them then. Bytes past the end read as undefined, of which nothing is known. */
function readOpcode(cursor: Cursor): Form | undefined {
  const { code } = cursor;
  let [short, shortAddress, wide] = [false, false, false];
  let operands: string | undefined = oneByte[code[cursor.at++]!];
  for (; operands === 'p' || operands === 'R'; operands = oneByte[code[cursor.at++]!]) {
    const prefix = code[cursor.at - 1]!;
    short ||= prefix === OPERAND_SIZE;
    shortAddress ||= prefix === ADDRESS_SIZE;
    // REX counts where it is the last of all prefixes
    wide = operands === 'R' && (prefix & 8) !== 0;
  }
  if (operands === '0') operands = twoByte[code[cursor.at++]!];
  if (operands === '8' || operands === 'A') {
    cursor.at++;
    operands = operands === '8' ? 'm' : 'B';
  }
  if (operands === '2' || operands === '3' || operands === '4') operands = readVector(cursor, operands);
  return operands === undefined || operands === 'x' ? undefined : { operands, wide, short, shortAddress };
}

/** The rest of a VEX or EVEX prefix, and the opcode. */
function readVector(cursor: Cursor, kind: '2' | '3' | '4'): string | undefined {
  const { code } = cursor;
  const first = code[cursor.at]!;
  const map = kind === '2' ? 1 : first & (kind === '3' ? 0x1f : 0x0f);
  if (kind === '4' && (code[cursor.at + 1]! & 4) === 0) return undefined;
  cursor.at += Number(kind) - 1;
  const opcode = code[cursor.at++]!;
  switch (map) {
    case 1: return opcode === VZEROUPPER ? '.' : vectorWithImmediate.has(opcode) ? 'B' : 'm';
    case 2: return 'm';
    case 3: return 'B';
    // half precision numbers
    case 5: case 6: return kind === '4' ? 'm' : undefined;
    default: return undefined;
  }
}

/** Where the instruction ends whose operands begin at `at`. */
function operandsEnd(code: Uint8Array, at: number, form: Form): number | undefined {
  const immediate = form.short && !form.wide ? 2 : 4;
  switch (form.operands) {
    case '.': return at;
    case 'b': return at + 1;
    case 'w': return at + 2;
    case 'e': return at + 3;
    case 'z': return at + immediate;
    case 'v': return at + (form.wide ? 8 : immediate);
    // Intel's processors take no notice of a 66 here, AMD's do
    case 'd': return immediate === 2 ? undefined : at + 4;
    case 'a': return at + (form.shortAddress ? 4 : 8);
    default:
  }
  const reg = (code[at]! >> 3) & 7;
  const end = modrmEnd(code, at);
  switch (form.operands) {
    case 'm': return end;
    case 'B': return end + 1;
    case 'Z': return end + immediate;
    case 't': return reg < 2 ? end + 1 : end;
    case 'T': return reg < 2 ? end + immediate : end;
    // others are prefixes of AMD's XOP
    case 'P': return reg === 0 ? end : undefined;
    default: return undefined;
  }
}

/** Behind ModRM, SIB and displacement. */
function modrmEnd(code: Uint8Array, at: number): number {
  const mod = code[at]! >> 6;
  const rm = code[at]! & 7;
  if (mod === 3) return at + 1;
  const hasSib = rm === 4;
  const noBase = (hasSib ? code[at + 1]! & 7 : rm) === 5;
  const displacement = mod === 1 ? 1 : mod === 2 || noBase ? 4 : 0;
  return at + (hasSib ? 2 : 1) + displacement;
}
