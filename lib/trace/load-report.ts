// A program or map that the kernel refused: which line or map of the script, why in words, where the whole log is.
//
//   in     LoadError of the addon, what was loaded
//   out    a diagnostic with the place in the script
//   idea   the log names the offending instruction; every instruction knows the script text it was made for

import { strerror } from '../language/strerror.js';
import { complaintOf } from '../model/diagnostics/verifier-log.js';
import { diagnostic, type Diagnostic } from '../model/diagnostics/diagnostic.js';
import { setting } from '../model/diagnostics/faces.js';
import type { LoadError } from '../model/diagnostics/errors.js';
import type { Manifest } from '../model/layout/manifest.js';
import type { Span } from '../model/source/source.js';
import { explainVerifierLog, faultyInstruction } from '../runtime/session/verifier-messages.js';
import { spanOfInsn, type InsnPlaces } from './insn-places.js';

const refused = diagnostic<{ words: string | undefined; complaint: string }>('V0001', {
  message: ({ words }) => `the kernel's verifier refused the program${words === undefined ? '' : `: ${words}`}`,
  hint: ({ complaint }) => complaint !== '' && `the verifier says: ${complaint}`,
});
const notLoaded = diagnostic<{ program: string; code: string }>('V0002', { message: ({ program, code }) => `Error loading BPF program for ${program}. Error code: ${code}.` });

const mapRefused = diagnostic<{ map: string; cause: string; hint: string }>('V0003', { message: ({ map, cause }) => `Failed to create ${map}: ${cause}`, hint: ({ hint }) => hint });

const tooManyFiles = diagnostic<{ text: string; advice: string | undefined }>('V0005', { message: ({ text }) => text, hint: ({ advice }) => advice });

const logTooLong = diagnostic<{ bytes: string }>('V0004', {
  message: ({ bytes }) => `The verifier's log is longer than log_size, ${bytes} bytes: the kernel does not load a program whose log it cannot give`,
  hint: () => `Raise it, e.g. ${setting('config', 'BPFTRACE_LOG_SIZE=100000000, or leave out `-d verifier`', '{ config: { log_size: 100000000 } }')}.`,
});

/** Said first, because the script is not at fault: the verifier should accept what the compiler accepts. */
const FULL_LOG = setting('', 'Use -v for full kernel error log.', 'The error has the whole of it in `log`.');
const FAULT = `A script that compiles should load: this is a mistake in tbpf. ${FULL_LOG}`;

/** libbpf asks whether the kernel has global data by creating a map; without a descriptor for it, libbpf goes on without our constants. */
const MAP_NOT_THERE = /BPF map '(.*)' is referenced but wasn't created/;

/** @param places  of the program's instructions, where they are known */
export function reportLoadError(error: LoadError, manifest: Manifest | undefined, places?: () => InsnPlaces): Diagnostic {
  const { log, program, map, errno, message } = error;
  if (error.code === 'EMFILE' || error.code === 'ENFILE') return tooManyFiles.at(undefined, { text: message, advice: error.adviceForAll });
  if (map !== undefined && manifest) return mapRefused.at(undefined, { ...describeMap(map, manifest), cause: mapCause(error) });
  if (error.code === 'ENOSPC' && manifest) return logTooLong.at(undefined, { bytes: String(manifest.config['log_size']) });
  const absent = MAP_NOT_THERE.exec(log)?.[1];
  if (absent !== undefined) return tooManyFiles.at(undefined, { text: `the data ${absent} could not be created, which happens when there are too many open files`, advice: 'Raise the limit: ulimit -n 65536' });
  if (log === '' || error.code === 'EAGAIN') return notLoaded.at(undefined, { program: program ?? 'the script', code: `${errno ?? 0} (${message})` }).hint(FULL_LOG);
  return refused.at(faultySpan(log, places?.(), program), { words: explainVerifierLog(log), complaint: complaintOf(log) }).hint(FAULT);
}

function mapCause({ code, errno, message }: LoadError): string {
  switch (code) {
    case 'E2BIG': return 'it is too large for the kernel';
    case 'ENOMEM': return 'there is not enough memory';
    default: return errno === undefined ? message : strerror(errno);
  }
}

/** A map by its name in the script, or by what it is for; and what decides on its size. */
function describeMap(kernelName: string, manifest: Manifest): { readonly map: string; readonly hint: string } {
  if (kernelName === manifest.ringBuffer) return { map: 'the ring buffer', hint: 'The config variable perf_rb_pages sets its size.' };
  const own = manifest.maps.find(({ name, shortKeys }) => name === kernelName || shortKeys?.name === kernelName);
  if (own?.scriptName === undefined) return { map: `the map ${kernelName} for strings and other large values`, hint: 'The config variable max_strlen sets how long strings are.' };
  const { maxEntries, valueSize } = own;
  const keySize = own.shortKeys?.name === kernelName ? own.shortKeys.keySize : own.keySize;
  return {
    map: `map ${own.scriptName} of ${maxEntries} ${maxEntries === 1 ? 'element' : 'elements'} of ${keySize + valueSize} bytes`,
    hint: 'A declaration (`let @a = hash(100)`) or the config variable max_map_keys sets how many elements a map has, max_strlen how long strings are.',
  };
}

/** The script text of the instruction that the log names last. */
function faultySpan(log: string, places: InsnPlaces | undefined, program: string | undefined): Span | undefined {
  const slot = faultyInstruction(log);
  return places === undefined || program === undefined || slot === undefined ? undefined : spanOfInsn(places, program, slot);
}
