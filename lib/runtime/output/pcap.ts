// Packets as a capture file, as tcpdump and Wireshark read it.
//
//   facts  the pcap format with nanoseconds (magic a1b23c4d), numbers little endian: a header of 24 bytes, then for each packet a header of 16 bytes and
//          its bytes. LINKTYPE_RAW 101: packets begin with their IPv4 or IPv6 header

const MAGIC_NS = 0xa1b23c4d;
const VERSION = [2, 4] as const;
const LINKTYPE_RAW = 101;
const SNAP_BYTES = 0xffff;
const SECOND_NS = 1_000_000_000n;

export function captureHeader(): Uint8Array {
  const header = new DataView(new ArrayBuffer(24));
  header.setUint32(0, MAGIC_NS, true);
  VERSION.forEach((part, i) => header.setUint16(4 + 2 * i, part, true));
  header.setUint32(16, SNAP_BYTES, true);
  header.setUint32(20, LINKTYPE_RAW, true);
  return new Uint8Array(header.buffer);
}

/** @param epochNs  when it was captured
 *  @param length  of the packet, of which `bytes` may be the beginning */
export function captureRecord(epochNs: bigint, bytes: Uint8Array, length: number): Uint8Array {
  const record = new Uint8Array(16 + bytes.length);
  const header = new DataView(record.buffer);
  header.setUint32(0, Number(epochNs / SECOND_NS), true);
  header.setUint32(4, Number(epochNs % SECOND_NS), true);
  header.setUint32(8, bytes.length, true);
  header.setUint32(12, length, true);
  record.set(bytes, 16);
  return record;
}
