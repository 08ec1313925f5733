// File names by pattern: `*` within one component of a path.

import { readdirSync } from 'node:fs';
import { errnoOf } from './errno.js';
import { statIfThere } from './files.js';
import { hasWildcard, matcher } from '../../model/target/pattern.js';

/** Existing files (not folders) that an absolute or relative pattern means, sorted. Folders that may not be read have none. */
export function glob(pattern: string): string[] {
  const parts = pattern.split('/');
  const absolute = parts[0] === '';
  let paths = [absolute ? '' : '.'];
  parts.slice(absolute ? 1 : 0).forEach((part) => {
    if (!hasWildcard(part)) {
      paths = paths.map((path) => `${path}/${part}`);
      return;
    }
    const wanted = matcher(part);
    paths = paths.flatMap((path) => namesIn(path === '' ? '/' : path).filter((name) => wanted(name) && (part.startsWith('.') || !name.startsWith('.'))).map((name) => `${path}/${name}`));
  });
  return paths.filter(isFile).map((path) => (absolute ? path : path.slice(2))).sort();
}

export function isFile(path: string): boolean {
  return statIfThere(path)?.isFile() === true;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'EPERM', 'ENAMETOOLONG'].includes(errnoOf(error) ?? '')) return [];
    throw error;
  }
}
