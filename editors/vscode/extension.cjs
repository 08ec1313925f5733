// Starts `tbpf lsp` for scripts, and ends it with the editor.
'use strict';
const { workspace } = require('vscode');
const { LanguageClient } = require('vscode-languageclient/node');

let client;

exports.activate = async function activate() {
  const [command, ...args] = workspace.getConfiguration('tbpf').get('command');
  client = new LanguageClient('tbpf', 'tbpf', { command, args }, { documentSelector: [{ language: 'bpftrace' }] });
  await client.start();
};

exports.deactivate = function deactivate() {
  return client?.stop();
};
