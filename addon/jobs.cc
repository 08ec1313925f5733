#include "jobs.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>

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

// Sampling events are stopped here and now; everything else stops when its turn comes. In the end no program runs any
// more.
Napi::Value JobHandle::CloseMany(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  Napi::Array array = read.Array(info[0], "links");
  std::vector<LinkHandle*> handles;
  for (uint32_t i = 0; read.ok() && i < array.Length(); i++) {
    handles.push_back(read.Handle<LinkHandle>(read.Element(array, i), "link"));
  }
  if (!read.ok()) return env.Undefined();
  auto links = std::make_shared<std::vector<std::shared_ptr<LinkCore>>>();
  for (LinkHandle* handle : handles) {
    std::shared_ptr<LinkCore> link = handle->Take();
    if (link == nullptr) continue;
    if (link->kind == AttachKind::kPerfEvent) ioctl(link->perf_fd.get(), PERF_EVENT_IOC_DISABLE, 0);
    links->push_back(std::move(link));
  }
  auto progress = std::make_shared<JobProgress>();
  progress->total = static_cast<uint32_t>(links->size());
  auto deferred = Napi::Promise::Deferred::New(env);
  Task::Start(
      env,
      [links, progress] {
        for (std::shared_ptr<LinkCore>& link : *links) {
          link.reset();
          progress->done++;
        }
        if (!links->empty()) WaitForPrograms();
      },
      [deferred](Napi::Env done) { deferred.Resolve(done.Undefined()); });
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
