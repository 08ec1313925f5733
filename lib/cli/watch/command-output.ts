// What the command of -c writes under --watch, which has its streams in pipes: its output is output, and it has no input.

import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { decodeText } from '../../model/syntax/decode-text.js';
import type { ChildHandle } from '../../runtime/native/types.js';
import type { Output } from '../output/output.js';

/** @param streams  descriptors, which are closed here */
export function showOutput([input, stdout, stderr]: NonNullable<ChildHandle['streams']>, output: Output): void {
  closeSync(input);
  for (const fd of [stdout, stderr]) {
    const stream = new Socket({ fd, readable: true, writable: false }).unref();
    stream.on('data', (data: Buffer) => output.print(decodeText(new DataView(data.buffer, data.byteOffset, data.byteLength), 0, data.length)));
    stream.on('error', () => undefined);
  }
}
