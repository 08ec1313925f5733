// Cgroups, containers and pods as sets of cgroup ids.
//
//   in     a path or pattern, a container's name or id, a pod's name
//   out    directories of cgroup v2, each with the id that the kernel gives it and how deep it lies
//   facts  the id of a cgroup is the inode number of its directory. Docker, podman, containerd and CRI-O put the container's id of 64 hex digits
//          into the directory's name; its name stands in their own files: Docker in containers/ID/config.v2.json, podman in
//          overlay-containers/containers.json. The kubelet keeps /var/log/pods/NAMESPACE_NAME_UID, and the UID is in the pod's directory
//          (pod<UID>, with _ for - where systemd makes it). systemd-nspawn and LXC use the name itself

import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { globRegex } from './glob.js';
import { ToolFailure } from './failure.js';

export interface Cgroup {
  /** path below the root of the hierarchy, without `/` at its start; the root itself is empty */
  readonly path: string;
  readonly id: bigint;
  readonly depth: number;
}

export class Cgroups {
  /** @param root  where the machine's files are found; other than `/` in tests */
  constructor(private readonly root = '/') {}

  /** Where cgroup v2 is mounted. */
  get mount(): string {
    const line = this.read('proc/self/mounts').split('\n').find((each) => each.split(' ')[2] === 'cgroup2');
    if (line === undefined) throw new ToolFailure('cgroup v2 is not mounted here: mount -t cgroup2 none /sys/fs/cgroup');
    return join(this.root, line.split(' ')[1]!);
  }

  /** The hierarchy that we see is the machine's whole: in a cgroup namespace it is only a part. */
  get whole(): boolean {
    return statSync(this.mount, { bigint: true }).ino === 1n;
  }

  /** By path, from the root of the file system or of the hierarchy, or by a pattern of one. */
  matching(pattern: string): readonly Cgroup[] {
    const { mount } = this;
    const absolute = join(this.root, pattern);
    const below = absolute === mount || absolute.startsWith(`${mount}/`) ? absolute.slice(mount.length) : pattern;
    const parts = below.split('/').filter((part) => part);
    let found = [''];
    for (const part of parts) {
      const regex = globRegex(part);
      found = found.flatMap((path) => this.children(path).filter((name) => regex.test(name)).map((name) => join(path, name)));
    }
    if (found.length === 0) throw new ToolFailure(`there is no cgroup ${pattern} below ${mount}`);
    return found.map((path) => this.cgroup(path));
  }

  /** By the name or the start of the id of a container. */
  ofContainer(name: string): readonly Cgroup[] {
    const id = this.dockerId(name) ?? this.podmanId(name) ?? (/^[0-9a-f]{6,64}$/.test(name) ? name : undefined);
    const names = id === undefined ? namedContainer(name) : new RegExp(`(?:^|-)${id}[0-9a-f]{${64 - id.length}}(?:\\.scope)?$`);
    const found = this.search((directory) => names.test(directory));
    if (found.length === 0) throw new ToolFailure(`there is no running container ${name}: neither Docker, podman, containerd, CRI-O, systemd-nspawn nor LXC has it`);
    return found;
  }

  /** By `namespace/name` of a pod. */
  ofPod(pod: string): readonly Cgroup[] {
    const [namespace, name, ...more] = pod.split('/');
    if (!namespace || !name || more.length > 0) throw new ToolFailure(`a pod is named NAMESPACE/NAME, not ${pod}`);
    const prefix = `${namespace}_${name}_`;
    const uids = this.list('var/log/pods').filter((directory) => directory.startsWith(prefix)).map((directory) => directory.slice(prefix.length));
    const names = uids.flatMap((uid) => [`pod${uid}`, `-pod${uid.replaceAll('-', '_')}.slice`]);
    const found = this.search((directory) => names.some((each) => directory.endsWith(each)));
    if (found.length === 0) throw new ToolFailure(`there is no pod ${pod} on this machine`);
    return found;
  }

  private cgroup(path: string): Cgroup {
    return { path, id: statSync(join(this.mount, path), { bigint: true }).ino, depth: path === '' ? 0 : path.split('/').length };
  }

  /** Directories by name; what lies below one that fits belongs to it. */
  private search(fits: (name: string) => boolean, from = ''): Cgroup[] {
    return this.children(from).flatMap((name) => {
      const path = join(from, name);
      return fits(name) ? [this.cgroup(path)] : this.search(fits, path);
    });
  }

  private children(path: string): string[] {
    try {
      return readdirSync(join(this.mount, path), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name);
    } catch (error) {
      // a cgroup may go while it is looked at
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  private dockerId(name: string): string | undefined {
    return this.list('var/lib/docker/containers').find((id) => {
      const config = this.json(`var/lib/docker/containers/${id}/config.v2.json`) as { readonly Name?: string } | undefined;
      return config?.Name === `/${name}`;
    });
  }

  private podmanId(name: string): string | undefined {
    const containers = this.json('var/lib/containers/storage/overlay-containers/containers.json') as readonly { readonly id: string; readonly names?: readonly string[] }[] | undefined;
    return containers?.find(({ names }) => names?.includes(name))?.id;
  }

  private list(path: string): string[] {
    try {
      return readdirSync(join(this.root, path));
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  private json(path: string): unknown {
    try {
      return JSON.parse(this.read(path));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  private read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }
}

function namedContainer(name: string): RegExp {
  const escaped = name.replace(/[^\w]/g, '\\$&');
  // systemd writes `-` in the name of a machine as \x2d
  const systemd = name.replaceAll('-', '\\x2d').replace(/[^\w]/g, '\\$&');
  return new RegExp(`^(?:machine-${systemd}\\.scope|systemd-nspawn@${systemd}\\.service|lxc\\.payload\\.${escaped})$`);
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}
