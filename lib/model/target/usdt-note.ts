// What an ELF file says about one place of a USDT probe. A probe that the compiler inlined has a note for each place.
//
//   facts  a note of type 3 and owner `stapsdt` in section .note.stapsdt, https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation

export interface UsdtNote {
  readonly provider: string;
  readonly name: string;
  /** in the file's own numbering, corrected for prelink (.stapsdt.base) */
  readonly address: number;
  /** -1: in none of the loaded segments */
  readonly fileOffset: number;
  /** 0: the probe has no semaphore */
  readonly semaphoreAddress: number;
  /** 0: no semaphore; -1: it lies in no loaded segment, as far as the file has bytes for it */
  readonly semaphoreOffset: number;
  /** as it stands there: `-4@%edi 8@-16(%rbp)` */
  readonly arguments: string;
}
