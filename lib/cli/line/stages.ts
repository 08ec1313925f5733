// Stages that -d can show.

/** Ours; `ir:after=PASS` besides. */
export const stageNames = ['tree', 'types', 'ir', 'select', 'regalloc', 'bpf', 'elf', 'layout', 'libbpf', 'verifier'] as const;

/** bpftrace's names, and what comes closest here. */
const otherNames: Readonly<Record<string, readonly string[]>> = {
  ast: ['tree'], parse: ['tree'], codegen: ['ir'], 'codegen-opt': ['ir:after=*'], dis: ['bpf'], 'ir:after=*': ['ir:after=*'],
  all: ['tree', 'types', 'ir', 'ir:after=*', 'regalloc', 'bpf', 'elf', 'layout', 'libbpf', 'verifier'],
};

/** What -h and messages offer. */
export const shownNames: readonly string[] = [...stageNames.slice(0, 3), 'ir:after=PASS', ...stageNames.slice(3), 'all'];

/** @param given  arguments of -d, each one or several names
 *  @returns the stages; or what is wrong */
export function expandStages(given: readonly string[]): readonly string[] | string {
  const stages = new Set<string>();
  for (const name of given.flatMap((text) => text.split(','))) {
    const meant = (stageNames as readonly string[]).includes(name) || /^ir:after=[\w-]+$/.test(name) ? [name] : otherNames[name];
    if (meant === undefined) return `invalid option for -d: ${name}\nHINT: Stages are ${shownNames.join(', ')}.`;
    for (const each of meant) stages.add(each);
  }
  return [...stages];
}

export function wantsStage(stages: readonly string[], stage: string): boolean {
  return stages.includes(stage) || (stage.startsWith('ir:after=') && stages.includes('ir:after=*'));
}
