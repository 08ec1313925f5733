#include "child.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "args.h"
#include "pid_watch.h"

namespace {

constexpr int kExecFailed = 127;
constexpr int kNoInterpreter = -1;   // in place of an errno
constexpr int kNotThatUser = -1000;  // less the errno
constexpr int kNotInFolder = -2000;  // less the errno
constexpr int kReady = 0;
constexpr int kStreams = 3;

// 0, or why this file cannot be executed.
int CheckExecutable(const std::string& file) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) return errno;
  if (S_ISDIR(status.st_mode)) return EACCES;
  return access(file.c_str(), X_OK) == 0 ? 0 : errno;
}

// As execvp looks for it, but before anything is started.
int FindExecutable(const std::string& command, const std::string& cwd, std::string* file) {
  if (command.find('/') != std::string::npos) {
    *file = command;
    bool relative = command[0] != '/' && !cwd.empty();
    return CheckExecutable(relative ? cwd + "/" + command : command);
  }
  const char* path = getenv("PATH");
  std::string rest = path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path;
  int error = ENOENT;
  for (size_t start = 0; start <= rest.size();) {
    size_t end = std::min(rest.find(':', start), rest.size());
    std::string folder = rest.substr(start, end - start);
    *file = (folder.empty() ? "." : folder) + "/" + command;
    int result = CheckExecutable(*file);
    if (result == 0) return 0;
    if (result == EACCES) error = EACCES;
    start = end + 1;
  }
  return error;
}

// What the child needs, prepared before the fork: afterwards only async-signal-safe calls are allowed.
struct ExecPlan {
  std::string file, cwd;
  std::vector<std::string> argv_text, env_text;
  std::vector<char*> argv, shell_argv, env;
  char shell[8] = "/bin/sh";
  bool ignores_hangup = false;
  bool changes_user = false;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  int streams[kStreams] = {-1, -1, -1};  // what becomes stdin, stdout and stderr; -1: they stay

  // The user's group and groups; a user that nobody has registered is in the group of that number alone.
  void BecomeUser(uid_t user) {
    changes_user = true;
    uid = user;
    gid = user;
    const passwd* entry = getpwuid(user);
    if (entry != nullptr) {
      gid = entry->pw_gid;
      int count = 64;
      groups.resize(count);
      if (getgrouplist(entry->pw_name, gid, groups.data(), &count) < 0) {
        groups.resize(count);
        getgrouplist(entry->pw_name, gid, groups.data(), &count);
      }
      groups.resize(count);
    } else {
      groups = {gid};
    }
  }

  void Point() {
    for (std::string& word : argv_text) argv.push_back(word.data());
    shell_argv = {shell, file.data()};
    shell_argv.insert(shell_argv.end(), argv.begin() + 1, argv.end());
    argv.push_back(nullptr);
    shell_argv.push_back(nullptr);
    for (std::string& entry : env_text) env.push_back(entry.data());
    env.push_back(nullptr);
  }
};

void Tell(int fail, int error) {
  while (write(fail, &error, sizeof(error)) < 0 && errno == EINTR) {
  }
}

[[noreturn]] void Fail(int fail, int error) {
  Tell(fail, error);
  _exit(kExecFailed);
}

// What the child told, an errno of its own kinds or kReady; kReady too where it died: letting it go says so.
int Listen(int fail) {
  int told = kReady;
  ssize_t size = -1;
  do {
    size = read(fail, &told, sizeof(told));
  } while (size < 0 && errno == EINTR);
  return size == sizeof(told) ? told : kReady;
}

// All that the child does for itself comes before the hold, and it tells when it has got there: probes are attached
// then, and what they see of the child is the command. Only chdir and execve are left.
[[noreturn]] void RunChild(ExecPlan* plan, char** env, pid_t parent, int hold, int fail) {
  bool is_user = !plan->changes_user ||
                 (setgroups(plan->groups.size(), plan->groups.data()) == 0 &&
                  setresgid(plan->gid, plan->gid, plan->gid) == 0 && setresuid(plan->uid, plan->uid, plan->uid) == 0);
  if (!is_user) Fail(fail, kNotThatUser - errno);
  prctl(PR_SET_PDEATHSIG, SIGTERM);  // another user id would take it away
  if (getppid() != parent) _exit(kExecFailed);
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  if (plan->ignores_hangup) signal(SIGHUP, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int fd = 0; fd < kStreams; fd++)
    if (plan->streams[fd] >= 0) dup2(plan->streams[fd], fd);
  for (int fd = 0; fd < kStreams; fd++) fcntl(fd, F_SETFD, 0);  // Node marks them close-on-exec
  Tell(fail, kReady);
  char byte = 0;
  ssize_t size = -1;
  do {
    size = read(hold, &byte, 1);
  } while (size < 0 && errno == EINTR);
  if (size != 1) _exit(kExecFailed);
  if (!plan->cwd.empty() && chdir(plan->cwd.c_str()) != 0) Fail(fail, kNotInFolder - errno);
  execve(plan->file.c_str(), plan->argv.data(), env);
  if (errno == ENOEXEC) execve(plan->shell, plan->shell_argv.data(), env);  // a script without #!
  // The file was there before the fork: what execve misses is its interpreter, or the loader of a binary.
  Fail(fail, errno == ENOENT ? kNoInterpreter : errno);
}

// Writes one byte. A reader that has died is an answer, not a SIGPIPE, which would end the process: the signal goes to
// the thread that writes, so it is blocked here and taken away again.
bool WriteByte(int fd, char byte) {
  sigset_t pipe, before, pending;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  bool sent = write(fd, &byte, 1) == 1;
  if (!sent && errno == EPIPE && !sigismember(&pending, SIGPIPE)) {
    timespec now{};
    sigtimedwait(&pipe, nullptr, &now);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return sent;
}

bool MakePipe(UniqueFd* reader, UniqueFd* writer) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
  reader->reset(ends[0]);
  writer->reset(ends[1]);
  return true;
}

}  // namespace

void ChildHandle::Define(Napi::Env env) {
  Register(env, {
                    InstanceAccessor<&ChildHandle::Pid>("pid"),
                    InstanceAccessor<&ChildHandle::Closed>("closed"),
                    InstanceMethod<&ChildHandle::Resume>("resume"),
                    InstanceMethod<&ChildHandle::OnExit>("onExit"),
                    InstanceMethod<&ChildHandle::Kill>("kill"),
                    InstanceMethod<&ChildHandle::RefLoop>("ref"),
                    InstanceMethod<&ChildHandle::UnrefLoop>("unref"),
                    InstanceMethod<&ChildHandle::Close>("close"),
                });
}

Napi::Value ChildHandle::Create(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  ExecPlan plan;
  plan.argv_text = read.Strings(info[0], "argv", true);
  Napi::Object options = read.ObjectOr(info[1], "options");
  plan.cwd = read.StringOr(read.Field(options, "cwd"), "cwd", "");
  plan.ignores_hangup = read.BoolOr(read.Field(options, "ignoresHangup"), "ignoresHangup", false);
  Napi::Value env_value = read.Field(options, "env");
  std::string stdio = read.StringOr(read.Field(options, "stdio"), "stdio", "inherit");
  Napi::Value user = read.Field(options, "uid");
  bool has_user = !args::Reader::Missing(user);
  auto uid = has_user ? static_cast<uid_t>(read.Integer(user, "uid", 0, UINT32_MAX - 1)) : 0;
  if (stdio != "inherit" && stdio != "ignore" && stdio != "pipe" && stdio != "stderr")
    read.Wrong("stdio", "'inherit', 'ignore', 'pipe' or 'stderr'");
  bool own_env = !args::Reader::Missing(env_value);
  if (own_env) plan.env_text = read.Strings(env_value, "env");
  if (read.ok() && (plan.argv_text.empty() || plan.argv_text[0].empty()))
    read.Wrong("argv", "a list that begins with a command");
  if (!read.ok()) return env.Undefined();
  int error = FindExecutable(plan.argv_text[0], plan.cwd, &plan.file);
  if (error != 0) return ThrowErrno(env, "execve", error, plan.argv_text[0]);
  plan.Point();
  if (has_user) plan.BecomeUser(uid);

  UniqueFd hold_reader, hold_writer, fail_reader, fail_writer;
  if (!MakePipe(&hold_reader, &hold_writer) || !MakePipe(&fail_reader, &fail_writer)) {
    return ThrowErrno(env, "pipe2", errno, plan.argv_text[0]);
  }
  // The ends that the child gets, and those that stay here.
  UniqueFd theirs[kStreams], ours[kStreams];
  if (stdio == "stderr") plan.streams[STDOUT_FILENO] = STDERR_FILENO;
  for (int fd = 0; fd < kStreams && (stdio == "ignore" || stdio == "pipe"); fd++) {
    if (stdio == "ignore") {
      theirs[fd].reset(open("/dev/null", fd == 0 ? O_RDONLY | O_CLOEXEC : O_WRONLY | O_CLOEXEC));
    } else {
      MakePipe(fd == 0 ? &theirs[fd] : &ours[fd], fd == 0 ? &ours[fd] : &theirs[fd]);
    }
    if (!theirs[fd].valid()) return ThrowErrno(env, stdio == "ignore" ? "open" : "pipe2", errno, plan.argv_text[0]);
    plan.streams[fd] = theirs[fd].get();
  }
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // none of Node's handlers may run in the child
  pid_t parent = getpid();
  pid_t pid = fork();
  if (pid == 0) {
    close(hold_writer.get());  // or the child would wait for itself
    RunChild(&plan, own_env ? plan.env.data() : environ, parent, hold_reader.get(), fail_writer.get());
  }
  error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return ThrowErrno(env, "fork", error, plan.argv_text[0]);
  UniqueFd pidfd(OpenPidfd(pid));
  if (!pidfd.valid()) {
    error = errno;
    hold_writer.reset();
    waitpid(pid, nullptr, 0);
    return ThrowPidfd(env, error, pid);
  }
  fail_writer.reset();  // or a child that dies would not be seen to
  int told = Listen(fail_reader.get());
  if (told <= kNotThatUser) {
    waitpid(pid, nullptr, 0);
    return ThrowErrno(env, "setresuid", kNotThatUser - told, plan.argv_text[0]);
  }
  Napi::Value handle =
      New(env, {pid, std::move(pidfd), std::move(hold_writer), std::move(fail_reader), plan.argv_text[0], plan.cwd});
  if (stdio == "pipe" && handle.IsObject()) {
    Napi::Array streams = Napi::Array::New(env, kStreams);
    for (uint32_t fd = 0; fd < kStreams; fd++) streams.Set(fd, Napi::Number::New(env, ours[fd].release()));
    handle.As<Napi::Object>().Set("streams", streams);
  }
  return handle;
}

ChildHandle::ChildHandle(const Napi::CallbackInfo& info) : Handle(info) {
  if (init_ == nullptr) return;
  pid_ = init_->pid;
  pidfd_ = std::move(init_->pidfd);
  hold_ = std::move(init_->hold);
  fail_ = std::move(init_->fail);
  file_ = std::move(init_->file);
  cwd_ = std::move(init_->cwd);
}

ChildHandle::~ChildHandle() { Release(); }

bool ChildHandle::Open(Napi::Env env) {
  if (!pidfd_.valid()) Throw(env, "ERR_CLOSED", "the child process handle is closed");
  return pidfd_.valid();
}

void ChildHandle::Reap(bool wait) {
  if (reaped_ || pid_ < 0) return;
  siginfo_t status{};
  int result = 0;
  do {
    result = waitid(P_PID, static_cast<id_t>(pid_), &status, WEXITED | (wait ? 0 : WNOHANG));
  } while (result != 0 && errno == EINTR);
  if (result == 0 && status.si_pid == 0) return;  // it runs
  reaped_ = true;
  if (result != 0) return;  // somebody else reaped it: how it ended is not known
  (status.si_code == CLD_EXITED ? exit_code_ : exit_signal_) = status.si_status;
}

void ChildHandle::Release() {
  watch_.Close();
  bool held = hold_.valid();
  hold_.reset();  // a held child sees the end of the pipe and exits
  fail_.reset();
  if (pidfd_.valid()) Reap(held);
  pidfd_.reset();
}

void ChildHandle::Pin(bool pinned) {
  if (pinned == pinned_) return;
  pinned_ = pinned;
  if (pinned) {
    Ref();
  } else {
    Unref();
  }
}

void ChildHandle::OnEnd() {
  Napi::Env env = Env();
  Napi::HandleScope scope(env);
  [[maybe_unused]] Napi::Value self = Value();
  watch_.Stop();
  Reap(true);
  Pin(false);
  Napi::Object status = Napi::Object::New(env);
  status.Set("code", exit_code_ < 0 ? env.Undefined() : Napi::Number::New(env, exit_code_));
  status.Set("signal", exit_signal_ < 0 ? env.Undefined() : Napi::Number::New(env, exit_signal_));
  CallFromLoop(env, callback_, {status});
}

Napi::Value ChildHandle::Pid(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), pid_); }

Napi::Value ChildHandle::Closed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), !pidfd_.valid());
}

// Returns when exec has worked or not: the write end of `fail` closes on exec.
Napi::Value ChildHandle::Resume(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!Open(env)) return env.Undefined();
  if (!hold_.valid()) return Throw(env, "ERR_ARG", "the child process runs already");
  bool sent = WriteByte(hold_.get(), 1);
  hold_.reset();
  int error = Listen(fail_.get());
  fail_.reset();
  if (error != kReady) {
    Reap(true);
    if (error <= kNotInFolder) return ThrowErrno(env, "chdir", kNotInFolder - error, cwd_);
    return error == kNoInterpreter ? ThrowErrno(env, "interpreter", ENOENT, file_)
                                   : ThrowErrno(env, "execve", error, file_);
  }
  return sent ? env.Undefined() : ThrowErrno(env, "execve", ESRCH, file_);
}

Napi::Value ChildHandle::OnExit(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  Napi::Function callback = read.Function(info[0], "callback");
  if (!read.ok() || !Open(env)) return env.Undefined();
  if (!watch_.open()) {
    UniqueFd fd(fcntl(pidfd_.get(), F_DUPFD_CLOEXEC, 3));
    if (!fd.valid()) return ThrowErrno(env, "dup", errno, file_);
    int error = watch_.Open(EnvState::Of(env), std::move(fd), [this] { OnEnd(); });
    if (error != 0) return ThrowErrno(env, "uv_poll_init", -error, file_);
  }
  callback_ = Napi::Persistent(callback);
  int error = watch_.Start();
  if (error != 0) return ThrowErrno(env, "uv_poll_start", -error, file_);
  Pin(true);
  return env.Undefined();
}

Napi::Value ChildHandle::Kill(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  auto number = static_cast<int>(read.Integer(info[0], "signal", 0, NSIG - 1));
  if (!read.ok() || !Open(env)) return env.Undefined();
  if (syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0) == 0) return Napi::Boolean::New(env, true);
  return errno == ESRCH ? Napi::Boolean::New(env, false) : ThrowErrno(env, "pidfd_send_signal", errno, file_);
}

Napi::Value ChildHandle::RefLoop(const Napi::CallbackInfo& info) {
  watch_.Ref();
  return info.Env().Undefined();
}

Napi::Value ChildHandle::UnrefLoop(const Napi::CallbackInfo& info) {
  watch_.Unref();
  return info.Env().Undefined();
}

Napi::Value ChildHandle::Close(const Napi::CallbackInfo& info) {
  Pin(false);
  callback_.Reset();
  Release();
  return info.Env().Undefined();
}
