# A little of everything that probes look at, by one process: waits for a line on standard input, then works and ends as dd.
# usage: perl workload.pl FILE   (FILE: where dd writes; a block device or a file on one)
use strict;
use warnings;
use POSIX ();
use Socket;
use Time::HiRes ();

my $target = shift;
<STDIN>;
for my $i (1 .. 20) {
  open my $in, '<', '/etc/passwd' or die;
  while (sysread $in, my $text, 64) { }
  close $in;
  open my $none, '<', '/nonexistent/tbpf';
}
POSIX::read(77, my $nothing, 1);          # a failing system call
my $child = fork;
POSIX::_exit(0) if $child == 0;
waitpid $child, 0;
POSIX::setuid(POSIX::getuid());
POSIX::setpgid(0, 0);
$0 = 'tbpf-workload';
socket my $socket, PF_INET, SOCK_STREAM, 0;
connect $socket, pack_sockaddr_in(1, inet_aton('127.0.0.1'));
Time::HiRes::usleep(20_000) for 1 .. 3;
my $until = times + 0.3;
my $sum = 0;
while (times() < $until) { $sum += $_ for 1 .. 1000 }
exec 'dd', 'if=/dev/zero', "of=$target", 'bs=4096', 'count=8', 'oflag=direct', 'status=none';
