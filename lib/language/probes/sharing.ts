// One program for many matches of an attach point.
//
//   idea   a body that does not ask which match fired is the same for all of them. One that asks (`probe`) gets the answer as the
//          cookie of its link: index into the list of names
//   facts  bpf_get_attach_cookie since Linux 5.15

import type { AttachPoint } from '../../model/syntax/nodes.js';
import type { ProbeMatch, ResolveContext, ResolvedProbe } from '../record.js';

/** How matches that share a program tell which one fired: no need to, by cookie, or they cannot (false). */
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
