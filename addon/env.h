// What one environment (the main thread or a worker) owns: its loop, the classes of its handles, its error factory and
// the file descriptors watched on its loop. Nothing here is shared between environments.
#pragma once

#include <napi.h>
#include <signal.h>
#include <unistd.h>
#include <uv.h>

#include <functional>
#include <unordered_set>
#include <utility>

// A file descriptor that closes itself.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

// While it lives this thread is not interrupted by timers, profilers, children and windows. The verifier gives up with
// EAGAIN on any signal; libbpf tries no more than five times. Signals that end programs stay heard.
class QuietSignals {
 public:
  QuietSignals() {
    sigset_t quiet;
    sigemptyset(&quiet);
    for (int signal : {SIGALRM, SIGVTALRM, SIGPROF, SIGCHLD, SIGWINCH, SIGURG, SIGIO}) sigaddset(&quiet, signal);
    pthread_sigmask(SIG_BLOCK, &quiet, &before_);
  }
  QuietSignals(const QuietSignals&) = delete;
  ~QuietSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

enum class HandleClass {
  kObject,
  kProgram,
  kMap,
  kLink,
  kRingBuffer,
  kPerfEvent,
  kPerfBuffer,
  kChild,
  kPidWatch,
  kCodeCopy,
  kTaskEvents,
  kJob,
  kStats,
  kCount
};

class FdWatch;

struct EnvState {
  explicit EnvState(Napi::Env env);

  napi_env env;
  uv_loop_t* loop = nullptr;
  Napi::FunctionReference error_factory;
  Napi::FunctionReference constructors[static_cast<int>(HandleClass::kCount)];
  std::unordered_set<FdWatch*> watches;  // open
  size_t closing = 0;                    // uv_close asked for, not yet called back
  bool ending = false;
  napi_async_cleanup_hook_handle cleanup = nullptr;

  static EnvState* Of(Napi::Env env) { return env.GetInstanceData<EnvState>(); }
  void FinishCleanupIfIdle();

 private:
  static void OnCleanup(napi_async_cleanup_hook_handle handle, void* data);
};

// Calls back on the environment's loop when a file descriptor becomes readable. A member of a handle; the uv handle
// behind it lives until libuv has let go of it. Not started after Open().
class FdWatch {
 public:
  FdWatch() = default;
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;
  ~FdWatch() { Close(); }

  // 0 or a negative errno. Takes the descriptor, also when it fails.
  int Open(EnvState* env, UniqueFd fd, std::function<void()> on_readable);
  int Start();  // 0 or a negative errno
  void Stop();
  void Ref();
  void Unref();
  void Close();
  bool open() const { return poll_ != nullptr; }
  bool active() const { return active_; }

 private:
  struct Poll {
    uv_poll_t uv;
    FdWatch* owner;
    EnvState* env;
    UniqueFd fd;
  };
  static void OnPoll(uv_poll_t* uv, int status, int events);

  Poll* poll_ = nullptr;
  bool active_ = false;
  std::function<void()> on_readable_;
};

// False once the environment is ending or its worker is being terminated: objects cannot be made then.
bool CanRunJs(Napi::Env env);

// Calls a JavaScript function from the loop, the way an event is delivered: microtasks run afterwards, an exception is
// uncaught.
void CallFromLoop(Napi::Env env, const Napi::FunctionReference& callback, const std::vector<napi_value>& args);
