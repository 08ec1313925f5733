// Entry of the command. What few starts need (help, listings, reports) is loaded when it is asked for.

import { enter } from './entry.js';
import type { CommandLine } from './line/command-line.js';
import { runScript } from './jobs/run.js';

async function job(line: CommandLine): Promise<number> {
  switch (line.action) {
    case 'help': return line.program ? (await import('./jobs/script-help.js')).showScriptHelp(line) : (await import('./jobs/help.js')).showHelp();
    case 'version': return (await import('./jobs/reports.js')).showVersion();
    case 'info': return (await import('./jobs/reports.js')).showInfo(line);
    case 'doctor': return (await import('./jobs/reports.js')).showDoctor(line);
    case 'list': return (await import('./jobs/list.js')).listProbes(line);
    case 'types': return (await import('./jobs/types.js')).showTypes(line);
    case 'format': return (await import('./jobs/fmt.js')).formatProgram(line);
    case 'fmt': return (await import('./jobs/fmt.js')).formatFiles(line);
    case 'lsp': return (await import('./lsp/server.js')).serve(line);
    case 'explain': return (await import('./jobs/explain.js')).explain(line);
    case 'facts': return (await import('./jobs/facts.js')).recordMachine(line);
    case 'build': return (await import('./jobs/build.js')).buildScript(line);
    case 'inspect': return (await import('./jobs/inspect.js')).inspectFile(line);
    case 'run file': return (await import('./jobs/run-file.js')).runFile(line);
    case 'run': case 'compile': case 'compiler bench': return runScript(line);
  }
}

enter(job, async () => (await import('./jobs/help.js')).shortUsage);
