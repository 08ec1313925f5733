// Colours of a script, by the grammar that editors have (editors/vscode): its expressions are those of JavaScript, too.
//
//   in     rules of a TextMate grammar: `match` with captures, `begin` and `end` with patterns inside, `include` of another
//   out    for each character of the text the first word of its scope: comment, keyword, string …
//   facts  the rule whose match begins first wins, of several the first; what a capture names wins over what its rule names. The whole text is one, so `$` is the
//          end of a line and `\A`, which JavaScript lacks, a place with nothing in front

export interface Rule {
  readonly name?: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly include?: string;
  readonly patterns?: readonly Rule[];
  readonly captures?: Readonly<Record<string, { readonly name: string }>>;
}

export interface Grammar {
  readonly patterns: readonly Rule[];
  readonly repository: Readonly<Record<string, Rule>>;
}

interface Pattern {
  readonly starts: RegExp;
  readonly ends: RegExp | undefined;
  readonly kind: string | undefined;
  readonly kindByCapture: readonly (readonly [index: number, kind: string])[];
  readonly inside: readonly Pattern[];
}

const expression = (text: string): RegExp => new RegExp(text.replaceAll('\\A', '(?<![^])'), 'dgm');
const kindOf = (scope: string | undefined): string | undefined => scope?.split('.')[0];

/** @returns a function from a text to the kind of each of its characters */
export function painter({ patterns, repository }: Grammar): (text: string) => readonly (string | undefined)[] {
  const compiled = (rules: readonly Rule[]): Pattern[] => rules.flatMap((rule) => {
    const { include, match, begin, end, name, captures = {}, patterns: inside = [] } = rule;
    if (include !== undefined) return compiled([repository[include.slice(1)]!]);
    const starts = match ?? begin;
    if (starts === undefined) return compiled(inside);
    return [{
      starts: expression(starts), ends: end === undefined ? undefined : expression(end), kind: kindOf(name),
      kindByCapture: Object.entries(captures).map(([index, capture]) => [Number(index), kindOf(capture.name)!] as const), inside: compiled(inside),
    }];
  });
  const all = compiled(patterns);
  return (text) => {
    const kinds = new Array<string | undefined>(text.length).fill(undefined);
    paintPart(text, 0, all, undefined, kinds);
    return kinds;
  };
}

/** Paints from `at` to where `ends` matches. @returns the place behind it */
function paintPart(text: string, at: number, patterns: readonly Pattern[], ends: RegExp | undefined, kinds: (string | undefined)[]): number {
  const next = patterns.map(({ starts }) => matchFrom(starts, text, at));
  let end = ends && matchFrom(ends, text, at);
  for (let place = at; ;) {
    let best: number | undefined;
    for (let i = 0; i < patterns.length; i++) {
      if (next[i] && next[i]!.index < place) next[i] = matchFrom(patterns[i]!.starts, text, place);
      if (next[i] && (best === undefined || next[i]!.index < next[best]!.index)) best = i;
    }
    if (end && end.index < place) end = matchFrom(ends!, text, place);
    if (end && (best === undefined || end.index <= next[best]!.index)) return end.index + end[0].length;
    if (best === undefined) return text.length;
    const found = next[best]!;
    const { kind, kindByCapture, ends: closing, inside } = patterns[best]!;
    const behind = found.index + found[0].length;
    const last = closing ? paintPart(text, behind, inside, closing, kinds) : behind;
    for (let i = found.index; i < last; i++) if (closing === undefined || kinds[i] === undefined) kinds[i] = kind;
    for (const [index, captured] of kindByCapture) {
      const range = found.indices?.[index];
      if (range) kinds.fill(captured, range[0], range[1]);
    }
    place = Math.max(last, found.index + 1);
  }
}

function matchFrom(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
