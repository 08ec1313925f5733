// The language, from files: each script is compiled to the bytes of a file and run from them, and says what it says when it is compiled.

process.env['TBPF_FROM_FILE'] = '1';
await import('../language.test.js');
export {};
