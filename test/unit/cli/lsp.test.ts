// tbpf lsp, asked by a client that speaks the protocol over stdin and stdout.

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import t from 'tap';
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter, type CompletionItem, type CompletionList, type Diagnostic, type Hover, type ProtocolConnection, type PublishDiagnosticsParams, type Range, type TextEdit, type WorkspaceEdit } from 'vscode-languageserver/node';
import { command } from '../../helpers/command.js';
import { lacking } from '../../helpers/needs.js';

const uri = `file://${resolve('script.bt')}`;

class Client {
  readonly ended: Promise<number | null>;
  private readonly connection: ProtocolConnection;
  private version = 0;
  private heard: (params: PublishDiagnosticsParams) => void = () => undefined;
  text = '';

  constructor() {
    const { NODE_OPTIONS: _, ...env } = process.env;
    const server = spawn(command, ['lsp', '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'], env });
    this.ended = new Promise((done) => server.on('close', done));
    this.connection = createProtocolConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin));
    this.connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => this.heard(params));
    this.connection.listen();
  }

  async start(): Promise<unknown> {
    const answer = await this.connection.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
    await this.connection.sendNotification('initialized', {});
    return answer;
  }

  /** @returns what is said about it */
  async write(text: string): Promise<Diagnostic[]> {
    this.text = text;
    const said = new Promise<Diagnostic[]>((done) => (this.heard = ({ diagnostics }) => done(diagnostics)));
    if (this.version++ === 0) await this.connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId: 'bpftrace', version: this.version, text } });
    else await this.connection.sendNotification('textDocument/didChange', { textDocument: { uri, version: this.version }, contentChanges: [{ text }] });
    return said;
  }

  /** `marked` has a | where the cursor is. */
  async at<T>(method: string, marked: string, more: object = {}): Promise<T> {
    const offset = marked.indexOf('¦');
    await this.write(marked.replace('¦', ''));
    const lines = marked.slice(0, offset).split('\n');
    return this.connection.sendRequest(`textDocument/${method}`, { textDocument: { uri }, position: { line: lines.length - 1, character: lines.at(-1)!.length }, ...more });
  }

  async labels(marked: string): Promise<string[]> {
    const answer = await this.at<CompletionItem[] | CompletionList>('completion', marked);
    return ('items' in answer ? answer.items : answer).map(({ label }) => label);
  }

  async hover(marked: string): Promise<string> {
    return ((await this.at<Hover | null>('hover', marked))?.contents as { value: string } | undefined)?.value ?? '';
  }

  format(): Promise<TextEdit[]> {
    return this.connection.sendRequest('textDocument/formatting', { textDocument: { uri }, options: { tabSize: 2, insertSpaces: true } });
  }

  async stop(): Promise<number | null> {
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    return this.ended;
  }
}

const placeOf = ({ start, end }: Range): string => `${start.line}:${start.character}-${end.line}:${end.character}`;
const said = (found: readonly Diagnostic[]): string[] => found.map(({ range, code, severity }) => `${placeOf(range)} ${code} ${severity === 1 ? 'error' : 'warning'}`);

t.test('an editor', { skip: lacking('root', 'btf', 'tracepoint') }, async (t) => {
  const client = new Client();
  t.match(await client.start(), { serverInfo: { name: 'tbpf' }, capabilities: { hoverProvider: true, documentFormattingProvider: true } });

  await t.test('mistakes, also beside one of syntax', async (t) => {
    t.strictSame(said(await client.write('begin {\n  print($x);\n}\n')), ['1:8-1:10 T0104 error']);
    t.strictSame(said(await client.write('begin { @a = ; }\nend { print(nsec); }\n')), ['0:13-0:14 P0022 error', '1:12-1:16 T0101 error']);
    t.strictSame(said(await client.write('begin { @a = ; }\nend { print(@a); }\n')), ['0:13-0:14 P0022 error'], 'what the broken part may give is not missed');
    t.strictSame(said(await client.write('begin { print($1); }\n')), [], 'parameters come when it is run');
    const [first] = await client.write('begin { print(nsec); }');
    t.match(first?.message, /^Unknown identifier: 'nsec'\nDid you mean 'nsecs'\?$/);
    t.strictSame(await client.write('begin { print(1); }'), []);
  });

  await t.test('completion', async (t) => {
    t.ok((await client.labels('tracepoint:sched:sched_sw¦')).includes('tracepoint:sched:sched_switch'));
    t.ok((await client.labels(`uprobe:${process.execPath}:uv_fs_rea¦`)).includes(`uprobe:${process.execPath}:uv_fs_read`));
    t.match(await client.at<CompletionList>('completion', 'tracepoint:syscalls:sys_¦'), { isIncomplete: true, items: { length: 500 } }, 'an editor asks again for the others');
    t.match(await client.at<CompletionList>('completion', 'tracepoint:sched:sched_sw¦'), { isIncomplete: false });
    t.ok((await client.labels('beg¦')).includes('begin'));
    t.ok((await client.labels('begin { } int¦ { }')).includes('interval:'));
    t.strictSame((await client.labels('tracepoint:syscalls:sys_enter_openat { print(args.¦')).filter((name) => name === 'filename' || name === 'dfd'), ['dfd', 'filename']);
    t.ok((await client.labels('begin { print(curtask->¦); }')).includes('pid'));
    t.ok((await client.labels('begin { $t = curtask; if (pid == 1) { print($t->mm->¦ } }')).includes('pgd'));
    t.ok((await client.labels('begin { @t[1] = curtask; }\nend { print(@t[1]->¦); }\nbegin { @ = ; }')).includes('comm'), 'of a map that another probe fills');
    t.strictSame(await client.labels('begin { $r = (one = 1, two = 2); print($r.¦); }'), ['one', 'two']);
    t.strictSame(await client.labels('begin { @first = 1; @second[1] = 2; print(@¦); }'), ['@', '@first', '@second']);
    t.strictSame(await client.labels('begin { $other = 1; }\nend { $mine = 2; print($¦); }'), ['$mine']);
    const words = await client.labels('begin { pr¦ }');
    for (const word of ['printf', 'count', 'nsecs', 'for']) t.ok(words.includes(word), word);
  });

  await t.test('hover', async (t) => {
    t.match(await client.hover('begin { pri¦ntf("x"); }'), /^```bpftrace\nprintf\(fmt, …\)\n```\nPrints formatted text\./);
    t.match(await client.hover('begin { $x = curta¦sk; }'), /^```bpftrace\ncurtask: struct task_struct \*\n```\n./);
    t.match(await client.hover('begin { print(curtask->p¦id); }'), /curtask->pid: int32/);
    t.match(await client.hover('begin { @m¦[pid] = comm; }'), '@m[uint32]: string[16]');
    t.match(await client.hover('tracepoint:sched:sched_sw¦itch { }'), /tracepoint:category:event[^]*A static event of the kernel\.[^]*prev_comm/);
    t.equal(await client.hover('begin { ¦ }'), '');
  });

  await t.test('rename', async (t) => {
    const edits = async (marked: string, newName: string): Promise<string[]> => ((await client.at<WorkspaceEdit>('rename', marked, { newName })).changes![uri]!).map(({ range, newText }) => `${placeOf(range)} ${newText}`);
    t.strictSame(await edits('begin { @a¦[1] = 2; }\nend { print(@a); print(@ab); @ab = 1; }', '@b'), ['0:8-0:10 @b', '1:12-1:14 @b']);
    t.strictSame(await edits('begin { $a = 1; print($a¦); }\nend { $a = 2; print($a); }', 'b'), ['0:8-0:10 $b', '0:22-0:24 $b']);
    await t.rejects(edits('begin { $a¦ = 1; print($a); }', '@b'), { message: '@b is no name of a variable.' });
    await t.rejects(edits('begin { $a¦ = 1; $b = 2; print(($a, $b)); }', '$b'), { message: '$b is there already.' });
    await t.rejects(edits('begin { @a¦ = 1; }\nend { print(@a; }', '@b'), { message: /^Parts of the script do not parse/ });
    t.equal(await client.at('prepareRename', 'begin { pri¦nt(1); }'), null);
  });

  await t.test('format', async (t) => {
    await client.write('begin{@x=1}');
    const [edit] = await client.format();
    t.equal(edit!.newText, 'begin {\n  @x = 1;\n}\n');
    await client.write('begin { @x = ; }');
    t.strictSame(await client.format(), []);
  });

  t.equal(await client.stop(), 0);
});
