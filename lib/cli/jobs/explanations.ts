// The explanations of messages: sections of docs/errors/*.md.
//
//   file   ## CODE, the message as code, paragraphs, then perhaps two blocks of code: a script that brings the message out, and its cured form.
//          Behind ```bt stand settings of the example, key=value: unsafe, parameters, lacks (features of the machine), btf, portable

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../runtime/native/index.js';

export interface ExplainedScript {
  readonly script: string;
  readonly settings: Readonly<Record<string, string>>;
}

export interface Explanation {
  /** the message, its parts named */
  readonly message: string;
  /** paragraphs, with their line breaks */
  readonly text: string;
  readonly wrong: ExplainedScript | undefined;
  readonly cured: ExplainedScript | undefined;
}

const SECTION = /^## ([A-Z]\d{4})\n\n(`+) ?(.*?) ?\2\n\n([^]*)$/;
const BLOCK = /^```bt ?(.*)\n([^]*?)\n```$/gm;

/** By code. */
export function readExplanations(folder = join(packageRoot(), 'docs/errors')): ReadonlyMap<string, Explanation> {
  const explanations = new Map<string, Explanation>();
  for (const file of readdirSync(folder).filter((name) => name !== 'README.md')) {
    for (const part of readFileSync(join(folder, file), 'utf8').split(/^(?=## )/m).slice(1)) {
      const [, code, , message, body] = SECTION.exec(part.trimEnd()) ?? [];
      if (code === undefined) throw new Error(`${file}: this section has another form:\n${part}`);
      const [wrong, cured] = [...body!.matchAll(BLOCK)].map(([, settings, script]) => ({ script: script!, settings: readSettings(settings!) }));
      explanations.set(code, { message: message!, text: body!.split('\n```')[0]!.trimEnd(), wrong, cured });
    }
  }
  return explanations;
}

const readSettings = (words: string): Record<string, string> => Object.fromEntries(words.split(' ').filter((word) => word !== '').map((word) => word.split('=') as [string, string]));
