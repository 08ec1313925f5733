// What the page has of docs/language.md; scripts/language-examples.mjs reads it from there.

/** A code block of docs/language.md. */
export interface Example {
  /** the heading that it stands under */
  readonly heading: string;
  /** of the document, where the block begins */
  readonly line: number;
  readonly kind: 'text' | 'json' | 'ndjson' | 'unsafe' | 'refused';
  readonly script: string;
  /** what it prints, or the first message about it; undefined: the document does not say */
  readonly text: string | undefined;
}
