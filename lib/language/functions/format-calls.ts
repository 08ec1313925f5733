// Functions whose first argument is a format string: printf, errorf, warnf, system, cat.
//
//   record   the arguments after the format; text is made of them by user space

import { textOf } from '../../model/source/source.js';
import type { Call } from '../../model/syntax/nodes.js';
import { type Type, voidType } from '../../model/types/types.js';
import { type FormatData, formatOf, parseFormat } from '../format.js';
import { notInSeqPrintf, printedAsAddress } from '../diagnostics.js';
import { strerror } from '../strerror.js';
import type { CheckContext, FunctionRecord, LowerContext } from '../record.js';
import type { EventHandler, Services } from '../services.js';
import type { EventSpec } from '../../model/layout/manifest.js';
import { checkedConversions, checkKernelPrints, type Printed } from './checked-format.js';
import { argumentOf, defineFunction } from './define.js';
import { lowerSeqPrintf } from './seq-printf.js';

function checkCall(call: Call, c: CheckContext): Type {
  const printed = checkedConversions(call, c);
  if (!printed) return voidType;
  if (isSeqPrintf(call, c)) checkKernelPrints(printed, c, notInSeqPrintf);
  warnOfAddresses(printed, c);
  return voidType;
}

/** Warns of %s with a pointer to characters: it prints the address, and the script most likely means the text. */
function warnOfAddresses(printed: readonly Printed[], c: CheckContext): void {
  for (const { conversion: { conversion }, type, span } of printed) {
    if (conversion === 's' && type.kind === 'pointer' && type.to.kind === 'int' && type.to.bits === 8) c.report(printedAsAddress.at(span, { argument: textOf(span) }));
  }
}

/** printf in an iterator does not go through the ring buffer. */
function isSeqPrintf(call: Call, c: Pick<CheckContext, 'probe'>): boolean {
  return call.name === 'printf' && c.probe.record.programKind === 'iter';
}

function sendCall(call: Call, l: LowerContext): void {
  if (isSeqPrintf(call, l)) return lowerSeqPrintf(call, parseFormat(l.literal(call.args[0]!) as string), l);
  const args = call.args.slice(1).map((_, i) => l.argument(argumentOf(call, i + 1)));
  l.event(call.name, args, { format: l.literal(call.args[0]!) } as FormatData, call.span);
}

/** Builds the text maker of one call site whose text is a command or a path. */
function wordsOf(spec: EventSpec, services: Services): (view: DataView, offset: number) => string {
  return services.recordFormat(spec.layout, formatOf(spec));
}

/** The event of the call's name, with its record. */
function formattedEvent(type: 'printf' | 'errorf' | 'warnf'): EventHandler {
  return (spec, services) => {
    const recordAt = services.recordsOf(spec);
    return (view, offset, length) => services.emit({ type, spec, record: recordAt(view, offset, length) });
  };
}

function formatFunction(name: string, doc: string, handler: EventHandler, options: Partial<FunctionRecord> = {}): FunctionRecord {
  return defineFunction({
    name, doc, mode: 'A', variadic: true,
    params: [{ name: 'fmt', accepts: 'format', doc: 'format string as printf(3) knows it' }],
    check: checkCall, lower: sendCall, handler, ...options,
  });
}

export const printf = formatFunction('printf', 'Prints formatted text.', formattedEvent('printf'));
export const errorf = formatFunction('errorf', 'Prints formatted text to stderr, with the place in the script, as an error.', formattedEvent('errorf'));
export const warnf = formatFunction('warnf', 'Prints formatted text to stderr, with the place in the script, as a warning.', formattedEvent('warnf'));

export const system = formatFunction('system', 'Runs a shell command and prints what it prints.', (spec, services) => {
  const text = wordsOf(spec, services);
  const recordAt = services.recordsOf(spec);
  return (view, offset, length) => {
    const command = text(view, offset);
    const { status, output } = services.runShell(command);
    const call = { spec, record: recordAt(view, offset, length), command };
    services.emit(status === 0 ? { ...call, type: 'syscall', output } : { ...call, type: 'syscall_failed', status });
  };
}, { unsafe: true });

export const cat = formatFunction('cat', 'Prints the contents of a file.', (spec, services) => {
  const text = wordsOf(spec, services);
  const recordAt = services.recordsOf(spec);
  const most = Number(services.manifest.config['max_cat_bytes']);
  return (view, offset, length) => {
    const path = text(view, offset);
    const call = { spec, record: recordAt(view, offset, length), path };
    let content: string;
    try {
      content = services.readFile(path, most);
    } catch (error) {
      const { code, errno, message } = error as NodeJS.ErrnoException;
      const reason = code === 'ERR_NO_FILE' ? 'Not a regular file' : errno === undefined ? message : strerror(Math.abs(errno));
      services.emit({ ...call, type: 'cat_failed', reason });
      return;
    }
    services.emit({ ...call, type: 'cat', content });
  };
});
