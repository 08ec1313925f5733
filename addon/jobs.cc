#include "jobs.h"

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "args.h"
#include "attach.h"
#include "libbpf_log.h"
#include "link.h"
#include "program.h"
#include "spec.h"
#include "task.h"

namespace {

struct AttachItem {
  ProgramRef program;
  AttachSpec spec;
  std::shared_ptr<LinkCore> link;
  Failure failure;
};

using AttachItems = std::vector<AttachItem>;

void AttachAll(AttachItems* items, JobProgress* progress) {
  LibbpfCapture quiet(LIBBPF_WARN);
  for (AttachItem& item : *items) {
    if (progress->cancelled) {
      item.failure = Failure::Errno("attach", ECANCELED, "program " + item.program.name);
    } else {
      item.link = Attach(item.program, item.spec, &item.failure);
    }
    if (item.link == nullptr) progress->failed++;
    progress->done++;
  }
}

// false with an exception pending
bool ReadItems(args::Reader& read, const Napi::Value& value, AttachItems* items) {
  Napi::Array array = read.Array(value, "items");
  for (uint32_t i = 0; read.ok() && i < array.Length(); i++) {
    Napi::Value element = read.Element(array, i);
    Napi::Object object = read.Object(element, "item");
    AttachItem item;
    auto* program = read.Handle<ProgramHandle>(read.Field(object, "program"), "program");
    if (program == nullptr || !ReadAttachSpec(read, element, &item.spec)) return false;
    if (!program->Loaded(element.Env(), &item.program)) return false;
    items->push_back(std::move(item));
  }
  return read.ok();
}

using Links = std::vector<std::shared_ptr<LinkCore>>;

// false with an exception pending
bool ReadLinks(const Napi::CallbackInfo& info, std::vector<LinkHandle*>* handles) {
  args::Reader read(info.Env());
  Napi::Array array = read.Array(info[0], "links");
  for (uint32_t i = 0; read.ok() && i < array.Length(); i++) {
    handles->push_back(read.Handle<LinkHandle>(read.Element(array, i), "link"));
  }
  return read.ok();
}

// Links that several threads close. Closing one waits until the kernel has seen all processors (Linux 6.13: 30 ms);
// those that wait at the same time wait for the same.
struct Closing {
  Links links;
  std::atomic<size_t> next{0};
  std::shared_ptr<JobProgress> progress;

  void Work() {
    for (size_t i = next++; i < links.size(); i = next++) {
      links[i].reset();
      progress->done++;
    }
  }
};

void CloseTogether(Closing* closing) {
  constexpr size_t kMostThreads = 128;
  std::vector<pthread_t> threads(std::min(closing->links.size(), kMostThreads));
  auto work = [](void* shared) -> void* {
    static_cast<Closing*>(shared)->Work();
    return nullptr;
  };
  size_t started = 1;  // this thread
  // a thread that cannot be had is one that does not help
  while (started < threads.size() && pthread_create(&threads[started], nullptr, work, closing) == 0) started++;
  closing->Work();
  for (size_t i = 1; i < started; i++) pthread_join(threads[i], nullptr);
}

}  // namespace

void JobHandle::Define(Napi::Env env) {
  Register(env, {
                    InstanceAccessor<&JobHandle::Total>("total"),
                    InstanceAccessor<&JobHandle::Done>("done"),
                    InstanceAccessor<&JobHandle::Failed>("failed"),
                    InstanceAccessor<&JobHandle::Result>("result"),
                    InstanceMethod<&JobHandle::Cancel>("cancel"),
                });
}

JobHandle::JobHandle(const Napi::CallbackInfo& info) : Handle(info) {
  if (init_ == nullptr) return;
  progress_ = std::move(init_->progress);
  promise_ = Napi::Persistent(init_->promise.As<Napi::Object>());
}

Napi::Value JobHandle::AttachMany(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  auto items = std::make_shared<AttachItems>();
  if (!ReadItems(read, info[0], items.get())) return env.Undefined();
  auto progress = std::make_shared<JobProgress>();
  progress->total = static_cast<uint32_t>(items->size());
  auto deferred = Napi::Promise::Deferred::New(env);
  Task::Start(
      env, [items, progress] { AttachAll(items.get(), progress.get()); },
      [items, deferred](Napi::Env done) {
        Napi::Array result = Napi::Array::New(done, items->size());
        for (uint32_t i = 0; i < items->size(); i++) {
          AttachItem& item = (*items)[i];
          Napi::HandleScope scope(done);
          if (item.link != nullptr) {
            result[i] = LinkHandle::New(done, {std::move(item.link)});
          } else {
            result[i] = MakeError(done, item.failure);
          }
        }
        deferred.Resolve(result);
      });
  return New(env, {std::move(progress), deferred.Promise()});
}

// Sampling events are stopped here and now; everything else stops in the job. In the end no program runs any more.
Napi::Value JobHandle::DetachMany(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::vector<LinkHandle*> handles;
  if (!ReadLinks(info, &handles)) return env.Undefined();
  auto closing = std::make_shared<Closing>();
  for (LinkHandle* handle : handles) {
    std::shared_ptr<LinkCore> link = handle->TakeProgram();
    if (link != nullptr) closing->links.push_back(std::move(link));
  }
  closing->progress = std::make_shared<JobProgress>();
  closing->progress->total = static_cast<uint32_t>(closing->links.size());
  return Run(env, closing->progress, [closing] {
    if (closing->links.empty()) return;
    CloseTogether(closing.get());
    WaitForPrograms();
  });
}

// One after the other: the kernel holds a lock while it takes an event of a tracepoint or a probe away.
Napi::Value JobHandle::CloseMany(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  std::vector<LinkHandle*> handles;
  if (!ReadLinks(info, &handles)) return env.Undefined();
  auto links = std::make_shared<Links>();
  for (LinkHandle* handle : handles) {
    std::shared_ptr<LinkCore> link = handle->Take();
    if (link == nullptr) continue;
    link->Stop();
    links->push_back(std::move(link));
  }
  auto progress = std::make_shared<JobProgress>();
  progress->total = static_cast<uint32_t>(links->size());
  return Run(env, progress, [links, progress] {
    for (std::shared_ptr<LinkCore>& link : *links) {
      link.reset();
      progress->done++;
    }
    if (!links->empty()) WaitForPrograms();
  });
}

Napi::Value JobHandle::Run(Napi::Env env, std::shared_ptr<JobProgress> progress, std::function<void()> run) {
  auto deferred = Napi::Promise::Deferred::New(env);
  Task::Start(env, std::move(run), [deferred](Napi::Env done) { deferred.Resolve(done.Undefined()); });
  return New(env, {std::move(progress), deferred.Promise()});
}

Napi::Value JobHandle::Total(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), progress_->total); }

Napi::Value JobHandle::Done(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), progress_->done.load());
}

Napi::Value JobHandle::Failed(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), progress_->failed.load());
}

Napi::Value JobHandle::Result(const Napi::CallbackInfo&) { return promise_.Value(); }

Napi::Value JobHandle::Cancel(const Napi::CallbackInfo& info) {
  progress_->cancelled = true;
  return info.Env().Undefined();
}
