// A script as programs give it: text, or a file.

import { fileURLToPath } from 'node:url';
import { getSystemErrorName } from 'node:util';
import { OptionError, TbpfError } from '../model/diagnostics/errors.js';
import { Source } from '../model/source/source.js';
import { readText } from '../trace/files.js';
import { describe } from './describe.js';
import { ScriptText } from './script-text.js';

export type Script = string | ScriptText | { readonly file: string | URL };

/** The text of a script, with the name that messages show.
 * @throws OptionError; TbpfError  the file cannot be read */
export function sourceOf(script: unknown): Source {
  if (typeof script === 'string') return new Source('script', script);
  if (script instanceof ScriptText) return new Source('script', script.text);
  if (typeof script === 'object' && script !== null && 'file' in script) {
    const path = pathOf(script.file);
    return new Source(path, textOfFile(path));
  }
  throw new OptionError('script', `the script is ${describe(script)}: it has to be text, bpf\`…\` or { file: path }`, 'ERR_OPTION_TYPE');
}

function textOfFile(path: string): string {
  try {
    return readText(path);
  } catch (error) {
    const { errno, syscall, message } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw new TbpfError(`the script ${path} cannot be read: ${message}`, { code: 'ERR_SCRIPT_FILE', cause: error });
    throw new TbpfError(`the script ${path} cannot be read: ${message}`, { code: getSystemErrorName(errno), errno: -errno, operation: syscall, cause: error });
  }
}

function pathOf(file: unknown): string {
  if (typeof file === 'string' && file !== '') return file;
  if (file instanceof URL && file.protocol === 'file:') return fileURLToPath(file);
  const what = file instanceof URL ? `the URL ${file.href}` : describe(file);
  throw new OptionError('script.file', `script.file is ${what}: it has to be a path or a file: URL`, file instanceof URL ? 'ERR_OPTION_VALUE' : 'ERR_OPTION_TYPE');
}
