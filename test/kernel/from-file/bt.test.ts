// Scripts, from files: each is compiled to the bytes of a file and run from them, and says what it says when it is compiled.

process.env['TBPF_FROM_FILE'] = '1';
await import('../bt.test.js');
export {};
