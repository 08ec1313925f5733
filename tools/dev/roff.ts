// Markdown → the man macros that groff and mandoc share.
//
//   facts  groff_man(7), mandoc's man(7). A row of a table becomes a paragraph with its first cell in front: pages are read on narrow terminals
//   idea   markdown-it finds the structure; a writer of 100 lines goes over its tokens

import MarkdownIt from 'markdown-it';
import type Token from 'markdown-it/lib/token.mjs';

const markdown = new MarkdownIt({ html: false, linkify: false });
const special: Readonly<Record<string, string>> = { '\\': '\\e', '-': '\\-', '~': '\\(ti', '^': '\\(ha', '`': '\\(ga', "'": '\\(aq', '"': '\\(dq' };

/** Text that roff prints as it is. */
export function text(raw: string): string {
  const escaped = raw.replace(/[\\\-~^`'"]/g, (character) => special[character]!).replace(/[^\x00-\x7f]/gu, (character) => `\\[u${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`);
  return escaped.split('\n').map((line) => (/^[.']/.test(line) ? `\\&${line}` : line)).join('\n');
}

export const bold = (raw: string): string => `\\fB${text(raw)}\\fR`;
/** A line of code. */
export const code = (raw: string): string => text(raw).replace(/^(?=[.'])/, '\\&');

/** Headings of level 2 become sections, those below subsections. */
export function markdownToRoff(source: string): string {
  const tokens = markdown.parse(source, {});
  let out = '';
  let table: { readonly heads: string[]; cells: string[] } | undefined;
  let inHead = false;
  /** paragraphs that something stands in front of: an item's mark, a cell */
  let continued = false;
  let depth = 0;
  tokens.forEach((token, i) => {
    switch (token.type) {
      case 'heading_open': {
        const words = inline(tokens[i + 1]!).replaceAll('\\fB', '').replaceAll('\\fR', '').replaceAll('"', '\\(dq');
        out += token.tag === 'h2' ? `.SH "${words.toUpperCase().replace(/\\\((TI|HA|GA|AQ|DQ)/g, (name) => name.toLowerCase()).replace(/\\E/g, '\\e').replace(/\\\[U/g, '\\[u')}"\n` : `.SS "${words}"\n`;
        break;
      }
      case 'bullet_list_open': case 'ordered_list_open': if (depth++ > 0) out += '.RS\n'; break;
      case 'bullet_list_close': case 'ordered_list_close': out += --depth > 0 ? '.RE\n' : '.PP\n'; break;
      case 'list_item_open': out += token.info === '' ? '.IP \\(bu 2\n' : `.IP ${token.info}. 4\n`; continued = true; break;
      case 'paragraph_open': if (!continued && !out.endsWith('.PP\n') && !/\.S[SH] .*\n$/.test(out)) out += '.PP\n'; continued = false; break;
      case 'fence': case 'code_block': out += `${out.endsWith('.PP\n') ? '' : '.PP\n'}.EX\n${token.content.trimEnd().split('\n').map((line) => `${code(`    ${line}`)}\n`).join('')}.EE\n`; break;
      case 'table_open': table = { heads: [], cells: [] }; break;
      case 'table_close': table = undefined; out += '.PP\n'; break;
      case 'thead_open': inHead = true; break;
      case 'thead_close': inHead = false; break;
      case 'tr_close': if (!inHead && table) { out += row(table); table.cells = []; } break;
      case 'inline': {
        const parent = tokens[i - 1]!.type;
        if (parent === 'heading_open') break;
        const words = inline(token);
        if (table && inHead) table.heads.push(words);
        else if (table) table.cells.push(words);
        else out += `${words.replace(/\n\s+/g, '\n')}\n`;
        break;
      }
      default: break;
    }
  });
  return out.replace(/(?:\.PP\n)+(?=\.(?:PP|S[SH])|$)/g, '');
}

/** The first cell in front; of the others those that say something, with the head of their column where there are several. */
function row({ heads, cells }: { readonly heads: readonly string[]; readonly cells: readonly string[] }): string {
  const [first = '', ...rest] = cells;
  const said = rest.map((cell, i) => ({ cell, head: heads[i + 1] ?? '' })).filter(({ cell }) => cell !== '');
  const body = said.map(({ cell, head }) => (rest.length > 1 && head !== '' ? `${head}: ${cell}` : cell)).join('\n.br\n');
  return `.TP\n${first === '' ? '\\&' : first}\n${body === '' ? '\\&' : body}\n`;
}

function inline(token: Token): string {
  return (token.children ?? []).map((child) => {
    switch (child.type) {
      case 'text': return text(child.content);
      case 'code_inline': return `\\fB${text(child.content)}\\fR`;
      case 'strong_open': case 'em_open': return '\\fI';
      case 'strong_close': case 'em_close': return '\\fR';
      case 'softbreak': case 'hardbreak': return '\n';
      default: return '';
    }
  }).join('').split('\n').map((line) => (/^[.']/.test(line) ? `\\&${line}` : line)).join('\n');
}
