# The guest's first process, second half: the file systems that tracing needs, the command, the end.
#
#   in     /run/tbpf/command (a script), /run/tbpf/modules (where the kernel's modules are, or empty)
#   out    /run/tbpf/stdout, stderr, status; on an interactive run the console instead
box=/bin/busybox
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=${TERM:-linux}
$box mkdir -p /dev/pts /dev/shm
$box mount -t devpts devpts /dev/pts
$box mount -t tmpfs tmpfs /dev/shm
$box mount -t tracefs tracefs /sys/kernel/tracing
$box mount -t debugfs debugfs /sys/kernel/debug
$box mount -t securityfs securityfs /sys/kernel/security
$box mount -t bpf bpf /sys/fs/bpf
$box mount -t cgroup2 cgroup2 /sys/fs/cgroup
$box ln -sf /proc/self/fd /dev/fd
$box ip link set lo up
$box hostname guest
if [ -s /run/tbpf/modules ]; then
  release=$($box uname -r)
  $box mkdir -p "/lib/modules/$release"
  $box mount --bind "$($box cat /run/tbpf/modules)" "/lib/modules/$release"
fi
echo "rig: up after $($box cut -d ' ' -f 1 /proc/uptime) s"
if [ -e /run/tbpf/interactive ]; then
  $box setsid $box cttyhack $box sh /run/tbpf/command
  echo $? > /run/tbpf/status
else
  # Through pipes, because a write to the share costs milliseconds and cat makes few of many.
  $box mkfifo /run/stdout /run/stderr
  $box cat /run/stdout > /run/tbpf/stdout &
  cats=$!
  $box cat /run/stderr > /run/tbpf/stderr &
  cats="$cats $!"
  $box setsid $box sh /run/tbpf/command < /dev/null > /run/stdout 2> /run/stderr
  status=$?
  # A process that the command left behind may keep a pipe open.
  { $box sleep 1; kill $cats; } 2> /dev/null &
  wait $cats
  echo $status > /run/tbpf/status
fi
$box poweroff -f
