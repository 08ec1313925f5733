// What happened to the keys of a map in one stretch of time after the other: the columns of a heat map, the points of a chart.
//
//   idea   a picture has room for some hundred columns, and a trace may last for days: when there are too many, each two become one, so memory stays bounded
//          and nothing that was counted is lost. Keys, too: what later keys have is kept as that of all others together

/** A picture is not wider in pixels. */
const MOST_COLUMNS = 600;
const MOST_KEYS = 300;
/** The id of all keys that have no cells of their own. */
export const OTHERS = '\0';

export interface Column<C> {
  /** ms since the epoch */
  readonly endMs: number;
  /** by the key's id; keys to which nothing happened are left out */
  readonly cells: ReadonlyMap<string, C>;
}

export class TimeColumns<C> {
  private readonly made: Column<C>[] = [];
  private readonly nameById = new Map<string, string>();
  private readonly others = new Set<string>();

  /** @param join  two cells of a key, the earlier first, or those of two keys, as one */
  constructor(
    readonly startMs: number,
    private readonly join: (a: C, b: C) => C,
  ) {}

  get columns(): readonly Column<C>[] {
    return this.made;
  }

  /** Names of keys that have cells of their own, by id, in the order in which they were met. */
  get names(): ReadonlyMap<string, string> {
    return this.nameById;
  }

  /** How many keys share the cells of OTHERS. */
  get otherKeys(): number {
    return this.others.size;
  }

  /** @param cells  by id, the largest first: while there is room, it is theirs
   *  @param nameOf  asked once for each key */
  push(endMs: number, cells: Iterable<readonly [id: string, cell: C]>, nameOf: (id: string) => string): void {
    const column = new Map<string, C>();
    for (const [id, cell] of cells) {
      const place = this.placeOf(id, nameOf);
      const there = column.get(place);
      column.set(place, there === undefined ? cell : this.join(there, cell));
    }
    this.made.push({ endMs, cells: column });
    if (this.made.length > MOST_COLUMNS) this.halve();
  }

  private placeOf(id: string, nameOf: (id: string) => string): string {
    if (this.nameById.has(id)) return id;
    if (this.nameById.size < MOST_KEYS) {
      this.nameById.set(id, nameOf(id));
      return id;
    }
    this.others.add(id);
    return OTHERS;
  }

  private halve(): void {
    const all = this.made.splice(0);
    for (let i = 0; i < all.length; i += 2) this.made.push(all[i + 1] === undefined ? all[i]! : this.joined(all[i]!, all[i + 1]!));
  }

  private joined(a: Column<C>, b: Column<C>): Column<C> {
    const cells = new Map(a.cells);
    for (const [id, cell] of b.cells) {
      const there = cells.get(id);
      cells.set(id, there === undefined ? cell : this.join(there, cell));
    }
    return { endMs: b.endMs, cells };
  }
}
