#include "libbpf_log.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace {
thread_local LibbpfCapture* current = nullptr;
}

LibbpfCapture::LibbpfCapture(libbpf_print_level most) : most_(most), outer_(current) { current = this; }

LibbpfCapture::~LibbpfCapture() { current = outer_; }

void LibbpfCapture::Install() { libbpf_set_print(Print); }

int LibbpfCapture::Print(libbpf_print_level level, const char* format, va_list arguments) {
  if (current == nullptr || level > current->most_) return 0;
  va_list again;
  va_copy(again, arguments);
  int size = vsnprintf(nullptr, 0, format, arguments);
  std::string text(size < 0 ? 0 : static_cast<size_t>(size) + 1, '\0');
  if (size >= 0) vsnprintf(text.data(), text.size(), format, again);
  va_end(again);
  if (size < 0) return 0;
  text.pop_back();
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.compare(0, 8, "libbpf: ") == 0) text.erase(0, 8);
  if (level == LIBBPF_WARN) current->warnings.push_back(text);
  current->lines.push_back(std::move(text));
  return 0;
}
