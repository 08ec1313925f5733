// Numbers of perf_event_open(2), from include/uapi/linux/perf_event.h.

/** PERF_TYPE_… */
export const perfType = { hardware: 0, software: 1, breakpoint: 5 } as const;

/** PERF_COUNT_SW_CPU_CLOCK, PERF_COUNT_SW_TASK_CLOCK: software events that are timers, not counters */
export const softwareClock = { cpu: 0n, task: 1n } as const;
