export declare const entryPoints: Readonly<Record<string, string>>;
export declare const workers: Readonly<Record<string, string>>;
export declare const neutralEntries: readonly string[];
