// Multi links for parts of a list of places, after the kernel has refused the multi link for all of them.

import { TbpfError } from '../../../model/diagnostics/errors.js';
import type { LinkHandle } from '../../native/types.js';

export interface Parts {
  /** one link for these places, numbered as in the manifest. @throws TbpfError */
  attach(places: readonly number[]): LinkHandle;
  /** whether one of several places may be the reason */
  mayBeOneOf(error: TbpfError): boolean;
  /** called for each single place that the kernel refuses */
  leave(place: number, error: TbpfError): void;
}

/** Halves are tried, down to the places that are refused. @throws TbpfError  a failure about something else; nothing is attached then */
export function linksForParts(places: readonly number[], { attach, mayBeOneOf, leave }: Parts): readonly LinkHandle[] {
  const links: LinkHandle[] = [];
  const search = (part: readonly number[]): void => {
    try {
      links.push(attach(part));
    } catch (error) {
      if (!(error instanceof TbpfError) || !mayBeOneOf(error)) throw error;
      if (part.length === 1) return leave(part[0]!, error);
      const middle = part.length >> 1;
      search(part.slice(0, middle));
      search(part.slice(middle));
    }
  };
  try {
    if (places.length > 0) search(places);
  } catch (error) {
    for (const link of links) link.close();
    throw error;
  }
  return links;
}
