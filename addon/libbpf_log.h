// libbpf prints through one process-wide callback. Ours is installed once and keeps the terminal clean: text goes to
// the capture that is alive on the printing thread, or nowhere.
#pragma once

#include <bpf/libbpf.h>

#include <string>
#include <vector>

class LibbpfCapture {
 public:
  explicit LibbpfCapture(libbpf_print_level most);
  ~LibbpfCapture();
  LibbpfCapture(const LibbpfCapture&) = delete;
  LibbpfCapture& operator=(const LibbpfCapture&) = delete;

  static void Install();

  std::vector<std::string> lines;     // without "libbpf: " and line ends, up to the level asked for
  std::vector<std::string> warnings;  // of these, the warnings

 private:
  static int Print(libbpf_print_level level, const char* format, va_list arguments);
  libbpf_print_level most_;
  LibbpfCapture* outer_;
};
