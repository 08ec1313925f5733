// What the page uses of d3-flame-graph, which comes without types.

declare module 'd3-flame-graph' {
  import type { Selection } from 'd3-selection';

  export interface FlameFrame<T> {
    readonly data: T;
    readonly value: number;
    readonly depth: number;
    readonly highlight?: boolean;
    readonly parent: FlameFrame<T> | null;
  }

  export interface FlameGraph<T> {
    (selection: Selection<HTMLElement, T, null, undefined>): void;
    width(pixels: number): this;
    cellHeight(pixels: number): this;
    /** frames that are narrower are left out */
    minFrameSize(pixels: number): this;
    transitionDuration(milliseconds: number): this;
    inverted(isIcicle: boolean): this;
    sort(compare: (a: FlameFrame<T>, b: FlameFrame<T>) => number): this;
    setLabelHandler(label: (frame: FlameFrame<T>) => string): this;
    setDetailsHandler(show: (text: string | null) => void): this;
    setColorMapper(colour: (frame: FlameFrame<T>, original: string) => string): this;
    setSearchMatch(matches: (frame: FlameFrame<T>, term: string) => boolean): this;
    setSearchHandler(show: (found: readonly FlameFrame<T>[], weight: number, total: number) => void): this;
    onClick(clicked: (frame: FlameFrame<T>) => void): this;
    search(term: string): void;
    clear(): void;
    resetZoom(): void;
    update(): void;
    destroy(): void;
  }

  export default function flamegraph<T>(): FlameGraph<T>;
}
