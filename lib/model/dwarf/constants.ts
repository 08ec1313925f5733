// Numbers of DWARF that tbpf reads.
//
//   facts  DWARF 5 chapter 7; GNU_… are extensions of DWARF 4 that compilers wrote before DWARF 5, and of dwz

export const tag = {
  arrayType: 0x01, classType: 0x02, enumerationType: 0x04, formalParameter: 0x05, lexicalBlock: 0x0b, member: 0x0d, pointerType: 0x0f, referenceType: 0x10,
  compileUnit: 0x11, structureType: 0x13, subroutineType: 0x15, typedef: 0x16, unionType: 0x17, unspecifiedParameters: 0x18, inheritance: 0x1c, inlinedSubroutine: 0x1d,
  subrangeType: 0x21, importedUnit: 0x3d, baseType: 0x24, constType: 0x26, enumerator: 0x28, subprogram: 0x2e, volatileType: 0x35, pointerToMember: 0x1f, restrictType: 0x37, namespace: 0x39,
  unspecifiedType: 0x3b, partialUnit: 0x3c, rvalueReferenceType: 0x42, atomicType: 0x47, skeletonUnit: 0x4a,
} as const;

export const attribute = {
  sibling: 0x01, location: 0x02, name: 0x03, byteSize: 0x0b, bitOffset: 0x0c, bitSize: 0x0d, statementList: 0x10, lowPc: 0x11, highPc: 0x12, language: 0x13,
  compilationFolder: 0x1b, constValue: 0x1c, prototyped: 0x27, import: 0x18, upperBound: 0x2f, abstractOrigin: 0x31, callingConvention: 0x36, count: 0x37,
  memberLocation: 0x38, declaration: 0x3c, encoding: 0x3e, external: 0x3f, specification: 0x47, type: 0x49, virtuality: 0x4c, ranges: 0x55,
  entryPc: 0x52, callColumn: 0x57, callFile: 0x58, callLine: 0x59, artificial: 0x34, deleted: 0x8a, defaulted: 0x8b, dataBitOffset: 0x6b, signature: 0x69, stringOffsetsBase: 0x72, addressBase: 0x73, rangeListsBase: 0x74, dwoName: 0x76, locationListsBase: 0x8c, gnuDwoName: 0x2130, gnuDwoId: 0x2131, gnuRangesBase: 0x2132, gnuAddressBase: 0x2133, gnuVector: 0x2107, gnuEntryView: 0x2138,
} as const;

export const form = {
  addr: 0x01, block2: 0x03, block4: 0x04, data2: 0x05, data4: 0x06, data8: 0x07, string: 0x08, block: 0x09, block1: 0x0a, data1: 0x0b, flag: 0x0c,
  sdata: 0x0d, strp: 0x0e, udata: 0x0f, refAddr: 0x10, ref1: 0x11, ref2: 0x12, ref4: 0x13, ref8: 0x14, refUdata: 0x15, indirect: 0x16, secOffset: 0x17,
  exprloc: 0x18, flagPresent: 0x19, strx: 0x1a, addrx: 0x1b, refSup4: 0x1c, strpSup: 0x1d, data16: 0x1e, lineStrp: 0x1f, refSig8: 0x20,
  implicitConst: 0x21, loclistx: 0x22, rnglistx: 0x23, refSup8: 0x24, strx1: 0x25, strx2: 0x26, strx3: 0x27, strx4: 0x28, addrx1: 0x29, addrx2: 0x2a,
  addrx3: 0x2b, addrx4: 0x2c, gnuAddrIndex: 0x1f01, gnuStrIndex: 0x1f02, gnuRefAlt: 0x1f20, gnuStrpAlt: 0x1f21,
} as const;

export const unitType = { type: 2, skeleton: 4, splitCompile: 5, splitType: 6 } as const;

/** DW_AT_encoding */
export const encoding = { address: 1, boolean: 2, complexFloat: 3, float: 4, imaginaryFloat: 5, decimalFloat: 0x0f, signed: 5, signedChar: 6, unsigned: 7, unsignedChar: 8, utf: 0x10 } as const;

/** DW_AT_calling_convention: of functions (no standard call) and of C++ classes (how they are passed) */
export const convention = { noCall: 3, passByReference: 4, passByValue: 5 } as const;

export const rangeEntry = { endOfList: 0, baseAddressx: 1, startxEndx: 2, startxLength: 3, offsetPair: 4, baseAddress: 5, startEnd: 6, startLength: 7 } as const;

/** of a list of locations; viewPair: GCC's own */
export const listEntry = {
  endOfList: 0, baseAddressx: 1, startxEndx: 2, startxLength: 3, offsetPair: 4, defaultLocation: 5, baseAddress: 6, startEnd: 7, startLength: 8, viewPair: 9,
} as const;

/** of a list of locations in a .dwo file of DWARF 4 */
export const splitListEntry = { endOfList: 0, baseAddressx: 1, startxEndx: 2, startxLength: 3, viewPair: 9 } as const;

/** what a .dwp file has of a unit, by the version of its index; other columns are not read */
export const packageColumns: Readonly<Record<number, readonly (string | undefined)[]>> = {
  2: [undefined, 'info', 'types', 'abbrev', 'line', 'loc', 'str_offsets'],
  5: [undefined, 'info', undefined, 'abbrev', 'line', 'loclists', 'str_offsets', undefined, 'rnglists'],
};
