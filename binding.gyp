{
  'targets': [
    {
      'target_name': 'tbpf',
      'sources': [
        'addon/addon.cc',
        'addon/attach.cc',
        'addon/child.cc',
        'addon/elf.cc',
        'addon/env.cc',
        'addon/errors.cc',
        'addon/jobs.cc',
        'addon/kallsyms.cc',
        'addon/libbpf_log.cc',
        'addon/link.cc',
        'addon/loaded.cc',
        'addon/machine.cc',
        'addon/map.cc',
        'addon/map_bulk.cc',
        'addon/object.cc',
        'addon/perf_event.cc',
        'addon/pid_watch.cc',
        'addon/program.cc',
        'addon/ring_buffer.cc',
        'addon/spec.cc',
        'addon/usdt.cc',
      ],
      'include_dirs': ['<!(node -p "require(\'node-addon-api\').include_dir")'],
      'defines': [
        'NAPI_VERSION=8',
        'NAPI_DISABLE_CPP_EXCEPTIONS',
        # a worker that is being terminated cannot take an exception any more
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
        '_GNU_SOURCE',
      ],
      'cflags_cc!': ['-O3', '-std=gnu++14', '-std=gnu++17', '-std=gnu++20'],
      'cflags!': ['-O3'],
      'cflags_cc': ['-std=c++17', '-O2', '-Wall', '-Wextra', '-Wno-cast-function-type', '-fvisibility=hidden'],
      'libraries': ['-lbpf', '-lelf'],
      # a package may carry libbpf.so.1 and libelf.so.1 beside the addon
      'ldflags': ["-Wl,-rpath,'$$ORIGIN'", '-Wl,--as-needed', '-Wl,-z,relro', '-Wl,-z,now'],
    },
  ],
}
