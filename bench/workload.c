// The traced process: makes system calls as fast as it can, as many as it is told, pinned to one CPU.
//
//   in     argument: the CPU; on stdin lines "read N" or "access N"
//   out    for each line one on stdout: the nanoseconds the N calls took
//   facts  read() of /dev/zero and access() of a path that does not exist are about the cheapest calls that take these arguments
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(argc > 1 ? atoi(argv[1]) : 0, &cpus);
  if (sched_setaffinity(0, sizeof(cpus), &cpus) != 0) {
    perror("sched_setaffinity");
    return 1;
  }
  int zero = open("/dev/zero", O_RDONLY);
  if (zero < 0) {
    perror("/dev/zero");
    return 1;
  }
  char what[16], buffer[64];
  long count;
  while (scanf("%15s %ld", what, &count) == 2) {
    int reads = strcmp(what, "read") == 0;
    long long start = now();
    if (reads) {
      for (long i = 0; i < count; i++)
        if (read(zero, buffer, sizeof(buffer)) < 0) return 1;
    } else {
      for (long i = 0; i < count; i++) (void)!access("/no/such/folder/with/a/file.txt", R_OK);
    }
    printf("%lld\n", now() - start);
    fflush(stdout);
  }
  return 0;
}
