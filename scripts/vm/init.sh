#!/bin/busybox sh
# The guest's first process, first half: from the initial file system to the host's root.
#
#   in     /modules/*.ko in the order of /modules/order; 9p shares `root` (read-only) and `share` (results)
#   out    the host's root with a tmpfs overlay on top, the share in /run/tbpf; goes on in init2.sh there
#   facts  /tmp stays the host's, below the overlay: the repository may be there
export PATH=/bin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r module; do
  insmod "/modules/$module" || echo "rig: $module does not load"
done < /modules/order
mkdir -p /lower /upper /root
mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose root /lower || { echo 'rig: no host root'; poweroff -f; }
mount -t tmpfs -o size=80% tmpfs /upper
mkdir /upper/files /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work overlay /root || { echo 'rig: no overlay'; poweroff -f; }
mount -t tmpfs tmpfs /root/run
mkdir /root/run/tbpf
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=none share /root/run/tbpf || { echo 'rig: no share'; poweroff -f; }
cp /init2 /root/run/init2
for folder in proc sys dev; do mount --move /$folder /root/$folder; done
exec switch_root /root /bin/busybox sh /run/init2
