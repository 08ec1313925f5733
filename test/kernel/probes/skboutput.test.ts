// skboutput(): datagrams of known lengths over the loopback device, and the capture file read again.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { runLive } from '../../helpers/live-run.js';
import { needs } from '../../helpers/needs.js';

const IP_HEADER = 20;
const UDP_HEADER = 8;
const lengths = [3, 500, 9000, 60_000];

interface Packet { readonly seconds: number; readonly bytes: Buffer; readonly length: number }

function packetsOf(file: Buffer): Packet[] {
  t.equal(file.readUInt32LE(0), 0xa1b23c4d, 'times in nanoseconds');
  t.equal(file.readUInt32LE(20), 101, 'raw IP packets');
  const packets: Packet[] = [];
  for (let at = 24; at < file.length; ) {
    const size = file.readUInt32LE(at + 8);
    packets.push({ seconds: file.readUInt32LE(at), length: file.readUInt32LE(at + 12), bytes: file.subarray(at + 16, at + 16 + size) });
    at += 16 + size;
  }
  return packets;
}

async function sendAll(from: Socket, to: Socket): Promise<void> {
  for (const length of lengths) {
    const arrived = once(to, 'message');
    from.send(Buffer.alloc(length, 'x'), to.address().port, '127.0.0.1');
    await arrived;
  }
}

async function capture(probe: (port: string, file: string) => string): Promise<{ readonly port: number; readonly stdout: string; readonly stderr: string; readonly packets: readonly Packet[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'tbpf-packets-'));
  const [from, to] = [createSocket('udp4'), createSocket('udp4')];
  try {
    to.bind(0, '127.0.0.1');
    await once(to, 'listening');
    const { port } = to.address();
    const file = join(folder, 'out.pcap');
    const { stdout, stderr } = await runLive(probe(`/pid == ${process.pid}/`, file), { during: () => sendAll(from, to) });
    return { port, stdout, stderr, packets: packetsOf(readFileSync(file)) };
  } finally {
    from.close();
    to.close();
    rmSync(folder, { recursive: true });
  }
}

const rows: readonly [title: string, needed: readonly string[], script: (predicate: string, file: string) => string][] = [
  ['from a raw tracepoint, behind the Ethernet header', ['tracepoint', 'btf'], (predicate, file) => `rawtracepoint:net_dev_queue ${predicate} { $r = skboutput("${file}", args.skb, args.skb.len, 14); @result[$r] = count(); }`],
  ['from the entry of a function', ['fentry'], (predicate, file) => `fentry:ip_rcv ${predicate} { $r = skboutput("${file}", args.skb, args.skb.len, 0); @result[$r] = count(); }`],
];

for (const [title, needed, script] of rows) {
  t.test(title, async (t) => {
    if (!needs(t, 'root', ...needed as ['btf'])) return;
    const now = Date.now() / 1000;
    const { port, stdout, stderr, packets } = await capture(script);
    const ours = packets.filter(({ bytes }) => bytes[0]! >> 4 === 4 && bytes[9] === 17 && bytes.readUInt16BE(IP_HEADER + 2) === port);
    t.match(stdout, /@result\[0\]: \d+/, stderr);
    t.strictSame(ours.map(({ length }) => length - IP_HEADER - UDP_HEADER), lengths);
    t.ok(ours.every(({ bytes, length, seconds }) => bytes.length === length && bytes.subarray(IP_HEADER + UDP_HEADER).every((byte) => byte === 120) && Math.abs(seconds - now) < 600));
  });
}

t.test('a packet that is shorter than the script says', async (t) => {
  if (!needs(t, 'root', 'tracepoint', 'btf')) return;
  const { stdout, packets } = await capture((predicate, file) => `rawtracepoint:net_dev_queue ${predicate} { $r = skboutput("${file}", args.skb, args.skb.len + 1, 0); @result[(int32)$r] = count(); }`);
  t.match(stdout, /@result\[-14\]: \d+/);
  t.strictSame(packets, []);
});

t.test('a file that cannot be made', async (t) => {
  if (!needs(t, 'root', 'tracepoint', 'btf')) return;
  await t.rejects(runLive('rawtracepoint:net_dev_queue { $r = skboutput("/proc/no/such.pcap", args.skb, args.skb.len, 14); }'), { code: 'ENOENT', message: /^Failed to create the pcap file \/proc\/no\/such\.pcap: / });
});
