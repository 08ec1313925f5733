// One program for many matches of an attach point.
//
//   idea   a body that does not use `probe` is the same program for all matches. One that uses it reads the cookie of its link, which is
//          the index in the list of probe names
//   facts  bpf_get_attach_cookie since Linux 5.15

import type { AttachPoint } from '../../model/syntax/nodes.js';
import type { ProbeMatch, ResolveContext, ResolvedProbe } from '../record.js';

/** How a shared program finds out which match fired: it has no need to, it reads the link's cookie, or it cannot (false). */
export function sharesByCookie(point: AttachPoint, c: Pick<ResolveContext, 'uses' | 'target'>): 'no need' | 'cookie' | false {
  if (!c.uses.probe || point.label !== undefined) return 'no need';
  return c.target.has('helper:get_attach_cookie') ? 'cookie' : false;
}

/** One program for all matches where that is possible, else one for each. */
export function shareProgram(common: Omit<ResolvedProbe, 'matches'>, matches: readonly ProbeMatch[], c: Pick<ResolveContext, 'uses' | 'target'>): readonly ResolvedProbe[] {
  if (matches.length === 0) return [];
  const way = matches.length === 1 ? 'no need' : sharesByCookie(common.point, c);
  if (way === 'no need') return [{ ...common, matches }];
  if (way === 'cookie') return [{ ...common, matches, selector: 'cookie', names: matches.map((match) => match.probe) }];
  return matches.map((match) => ({ ...common, matches: [match] }));
}
