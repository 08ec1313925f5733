// Runs a command and says what it cost: one line on stdout, "wall-ns max-resident-KiB exit-code cpu-us".
//
//   in     the command and its arguments; its stdin, stdout and stderr become /dev/null, or the file named by $OUTPUT
//   facts  ru_maxrss is in KiB (getrusage(2))
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  const char *output = getenv("OUTPUT");
  long long start = now();
  pid_t pid = fork();
  if (pid < 0) return 2;
  if (pid == 0) {
    dup2(open("/dev/null", O_RDONLY), 0);
    int out = open(output ? output : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(out, 1);
    dup2(out, 2);
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  int status;
  struct rusage usage;
  if (wait4(pid, &status, 0, &usage) != pid) return 2;
  long long wall = now() - start;
  long long cpu = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
  printf("%lld %ld %d %lld\n", wall, usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), cpu);
  return 0;
}
