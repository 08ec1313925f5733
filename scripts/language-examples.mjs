// The code blocks of docs/language.md, with what stands behind them.
//
//   out    for each block: the heading that it stands under, its line in the document, its kind (text, json, ndjson, unsafe, refused), the script, and the text of the
//          block right behind it: what the script prints, or the first message about it

/** @param {string} document  in Markdown
 *  @returns {readonly { heading: string, line: number, kind: string, script: string, text: string | undefined }[]} */
export function examplesOf(document) {
  return [...document.matchAll(/^```bpftrace(?: (refused|unsafe|json|ndjson))?\n([^]*?)^```\n(?:```text\n([^]*?)^```\n)?/gm)].map(({ index, 1: kind = 'text', 2: script, 3: text }) => {
    const before = document.slice(0, index);
    return { heading: before.match(/^#+ .*$/gm)?.at(-1).replace(/^#+ /, '') ?? '', line: before.split('\n').length, kind, script, text };
  });
}
