// Names of containers and pods, and the directories of control groups that are theirs.
//
//   facts  directories, systemd's and cgroupfs's:
//            Docker       docker-ID.scope              docker/ID
//            podman       libpod-ID.scope              libpod_parent/libpod-ID
//            containerd   cri-containerd-ID.scope      ID
//            CRI-O        crio-ID.scope                crio-ID
//            nspawn       machine-NAME.scope, systemd-nspawn@NAME.service        LXC  lxc.payload.NAME
//            pods         kubepods[-CLASS]-podUID.slice, with _ for - in UID     kubepods/[CLASS/]podUID
//          ID has 64 hexadecimal digits; libpod-conmon-ID and crio-conmon-ID are what looks after a container, not the container.
//          Names: Docker in containers/ID/config.v2.json, podman in overlay-containers/containers.json; the kubelet makes a link
//          /var/log/containers/POD_NAMESPACE_CONTAINER-ID.log for each container, and a directory /var/log/pods/NAMESPACE_POD_UID for each pod

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { OptionError } from '../../../model/diagnostics/errors.js';
import { errnoOf } from '../errno.js';

const ID_DIGITS = 64;
/** as many as `docker ps` shows */
const SHORT_DIGITS = 12;
const OF_CONTAINER = /^(?:(?:docker|libpod|cri-containerd|crio)-)?([0-9a-f]{64})(?:\.scope)?$/;
const OF_NAMED = /^(?:machine-(.+)\.scope|systemd-nspawn@(.+)\.service|lxc\.payload\.(.+))$/;
const OF_POD = /^(?:kubepods(?:-\w+)?-pod([^/]+)\.slice|pod([^/]+))$/;

export class ContainerNames {
  /** @param root  where the machine's files are found */
  constructor(private readonly root = '/') {}

  /** Name of the innermost container that a group belongs to, or the first digits of its id; undefined: it belongs to none.
   * @param path  of the group, parted by `/` */
  containerOf(path: string): string | undefined {
    for (const part of path.split('/').reverse()) {
      const id = OF_CONTAINER.exec(part)?.[1];
      if (id !== undefined) return this.dockerName(id) ?? this.podmanContainers().find((each) => each.id === id)?.names?.[0] ?? this.kubeletContainers().find((each) => each.id === id)?.name ?? id.slice(0, SHORT_DIGITS);
      const named = OF_NAMED.exec(part);
      // systemd writes `-` in the name of a machine as \x2d
      if (named) return (named[1] ?? named[2] ?? named[3]!).replaceAll('\\x2d', '-');
    }
    return undefined;
  }

  /** `NAMESPACE/NAME` of the pod that a group belongs to, or the pod's UID; undefined: it belongs to none. */
  podOf(path: string): string | undefined {
    for (const part of path.split('/').reverse()) {
      const found = OF_POD.exec(part);
      if (!found) continue;
      const uid = found[1]?.replaceAll('_', '-') ?? found[2]!;
      const pod = this.pods().find((each) => each.uid === uid);
      return pod === undefined ? uid : `${pod.namespace}/${pod.name}`;
    }
    return undefined;
  }

  /** Tests names of directories. */
  groupOfContainer(name: string): (directory: string) => boolean {
    const ids = new Set([
      ...this.list('var/lib/docker/containers').filter((id) => this.dockerName(id) === name),
      ...this.podmanContainers().filter(({ names }) => names?.includes(name)).map(({ id }) => id),
      ...this.kubeletContainers().filter((each) => each.name === name).map(({ id }) => id),
    ]);
    const start = ids.size === 0 && /^[0-9a-f]{6,}$/.test(name) && name.length <= ID_DIGITS ? name : undefined;
    return (directory) => {
      const id = OF_CONTAINER.exec(directory)?.[1];
      if (id !== undefined) return ids.has(id) || (start !== undefined && id.startsWith(start));
      const named = OF_NAMED.exec(directory);
      return named !== null && (named[1] ?? named[2] ?? named[3]!).replaceAll('\\x2d', '-') === name;
    };
  }

  /** @throws OptionError  no name of a pod */
  groupOfPod(pod: string): (directory: string) => boolean {
    const [namespace, name, ...more] = pod.split('/');
    if (!namespace || !name || more.length > 0) throw new OptionError('options.pod', `A pod is named NAMESPACE/NAME, not ${pod}`, 'ERR_OPTION_VALUE');
    const uids = this.pods().filter((each) => each.namespace === namespace && each.name === name).map(({ uid }) => uid);
    return (directory) => {
      const found = OF_POD.exec(directory);
      return found !== null && uids.includes(found[1]?.replaceAll('_', '-') ?? found[2]!);
    };
  }

  private dockerName(id: string): string | undefined {
    return (this.json(`var/lib/docker/containers/${id}/config.v2.json`) as { readonly Name?: string } | undefined)?.Name?.replace(/^\//, '');
  }

  private podmanContainers(): readonly { readonly id: string; readonly names?: readonly string[] }[] {
    return (this.json('var/lib/containers/storage/overlay-containers/containers.json') as readonly { readonly id: string; readonly names?: readonly string[] }[] | undefined) ?? [];
  }

  private kubeletContainers(): readonly { readonly id: string; readonly name: string }[] {
    return this.list('var/log/containers').flatMap((link) => {
      const found = /_([^_]+)-([0-9a-f]{64})\.log$/.exec(link);
      return found ? [{ name: found[1]!, id: found[2]! }] : [];
    });
  }

  private pods(): readonly { readonly namespace: string; readonly name: string; readonly uid: string }[] {
    return this.list('var/log/pods').flatMap((directory) => {
      const [namespace, name, uid] = directory.split('_');
      return uid === undefined ? [] : [{ namespace: namespace!, name: name!, uid }];
    });
  }

  private list(path: string): string[] {
    return orMissing(() => readdirSync(join(this.root, path))) ?? [];
  }

  private json(path: string): unknown {
    const text = orMissing(() => readFileSync(join(this.root, path), 'utf8'));
    try {
      return text === undefined ? undefined : JSON.parse(text);
    } catch (error) {
      // it is being written
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }
}

/** Whoever may trace need not be allowed to read what the engines keep. */
function orMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}
