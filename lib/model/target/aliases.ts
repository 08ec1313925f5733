// Several names of one function.
//
//   facts  glibc has most functions under names for its own use besides: `__getpgid`, `__GI___getpgid`, `__GI_getpgid` are getpgid

export interface Alias {
  readonly name: string;
  readonly isLocal: boolean;
}

/** Which of two names for one address reads better: -1 for `a`. Fewer leading underscores, then global, then shorter. */
export function compareAliases(a: Alias, b: Alias): number {
  const underscores = (name: string): number => /^_*/.exec(name.startsWith('_Z') ? '' : name)![0].length;
  return underscores(a.name) - underscores(b.name)
    || Number(a.isLocal) - Number(b.isLocal)
    || a.name.length - b.name.length
    || (a.name < b.name ? -1 : 1);
}
