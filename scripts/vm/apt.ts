// Packages of other suites, through apt and by their names, without a change to the system.
//
//   in     a suite (bookworm-backports) and packages of it
//   out    a folder that holds what the packages hold: boot/vmlinuz-*, lib/modules/*, usr/bin/*
//   idea   the machine's own Debian entry names mirror and keyring; a sources file of the rig's own asks the same mirror for
//          the suite, with lists in the cache, so that root's apt configuration stays as it is
//   facts  apt.conf, sources.list(5), both source formats

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Complaint } from '../complaint.js';
import { cache } from './paths.js';

/** One Debian source as apt writes it in a `.sources` file; only what the rig copies. */
interface DebianSource {
  uri: string;
  suites: string[];
  components: string[];
  /** a keyring's path, or a key itself */
  signedBy: string | undefined;
}

/** The machine's own entry for its Debian release (not that of its security updates, nor of other vendors). */
function machineSource(): DebianSource {
  const codename = /^VERSION_CODENAME=(\S+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  const folder = '/etc/apt/sources.list.d';
  const files = ['/etc/apt/sources.list', ...(existsSync(folder) ? readdirSync(folder).sort().map((name) => join(folder, name)) : [])];
  const entries = files.filter((name) => existsSync(name)).flatMap((name) => {
    const text = readFileSync(name, 'utf8');
    return name.endsWith('.sources') ? fromStanzas(text) : name.endsWith('.list') ? fromLines(text) : [];
  });
  const own = entries.find((entry) => entry.suites.includes(codename ?? '') && entry.components.includes('main'));
  if (own) return own;
  throw new Complaint(`No source of Debian ${codename ?? ''} is configured in /etc/apt: the rig takes the mirror of its kernels from there.`);
}

/** Entries of a `.sources` file: stanzas of `Field: words`, a line that begins with a blank continues the field. */
function fromStanzas(text: string): DebianSource[] {
  const stanzas = text.split('\n').filter((line) => !line.startsWith('#')).join('\n').split(/\n\s*\n/);
  return stanzas.flatMap((stanza) => {
    const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*(?:\\n[ \\t].*)*)`, 'mi').exec(stanza)?.[1]?.trim();
    const words = (name: string) => field(name)?.split(/\s+/) ?? [];
    const uri = words('URIs')[0];
    if (!uri || !words('Types').includes('deb') || field('Enabled') === 'no') return [];
    return [{ uri, suites: words('Suites'), components: words('Components'), signedBy: field('Signed-By') }];
  });
}

/** Entries of a `.list` file: `deb [options] uri suite component…`. */
function fromLines(text: string): DebianSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*(.*)/.exec(line.trim());
    if (!match) return [];
    const [, options, uri, suite, components] = match as unknown as [string, string | undefined, string, string, string];
    return [{ uri, suites: [suite], components: components.split(/\s+/), signedBy: /signed-by=(\S+)/.exec(options ?? '')?.[1] }];
  });
}

/** apt's options that make it work in a folder of the cache, on one suite only. */
function aptOptions(suite: string): string[] {
  const folder = join(cache, 'apt', suite);
  for (const sub of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(folder, sub), { recursive: true });
  const source = machineSource();
  const signedBy = source.signedBy ? `Signed-By: ${source.signedBy}\n` : '';
  writeFileSync(join(folder, 'kernel.sources'), `Types: deb\nURIs: ${source.uri}\nSuites: ${suite}\nComponents: main\n${signedBy}`);
  const settings = {
    'Dir::Etc::sourcelist': join(folder, 'kernel.sources'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

function apt(tool: 'apt-get' | 'apt-cache', args: string[], cwd?: string): string {
  try {
    return execFileSync(tool, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw new Complaint(`${tool} ${args.filter((arg) => !arg.includes('::') && arg !== '-o').join(' ')} failed:\n${String((error as { stderr?: string }).stderr)}`);
  }
}

/** Downloads and unpacks the kernel that `standsFor` (linux-image-amd64) depends on in a suite. */
export function fetchKernelPackage(suite: string, standsFor: string, folder: string): void {
  const options = aptOptions(suite);
  apt('apt-get', [...options, 'update']);
  const name = /Depends: (linux-image-\S+)/.exec(apt('apt-cache', [...options, 'depends', standsFor]))?.[1];
  if (name === undefined) throw new Complaint(`${standsFor} of ${suite} depends on no kernel package.`);
  unpack(suite, options, [name], folder);
}

/** Downloads packages of a suite and unpacks them into one folder. */
export function fetchPackages(suite: string, names: readonly string[], folder: string): void {
  const options = aptOptions(suite);
  apt('apt-get', [...options, 'update']);
  unpack(suite, options, names, folder);
}

/** `folder` appears complete or not at all. */
function unpack(suite: string, options: string[], names: readonly string[], folder: string): void {
  console.error(`rig: downloading ${names.join(', ')} of ${suite}`);
  const download = `${folder}.download`;
  rmSync(download, { recursive: true, force: true });
  mkdirSync(join(download, 'unpacked'), { recursive: true });
  apt('apt-get', [...options, 'download', ...names], download);
  const files = readdirSync(download).filter((entry) => entry.endsWith('.deb'));
  if (files.length !== names.length) throw new Complaint(`apt-get download ${names.join(' ')} left ${files.length} packages.`);
  for (const file of files) execFileSync('dpkg-deb', ['-x', join(download, file), join(download, 'unpacked')]);
  rmSync(folder, { recursive: true, force: true });
  renameSync(join(download, 'unpacked'), folder);
  rmSync(download, { recursive: true });
}
