#include "env.h"

#include <vector>

EnvState::EnvState(Napi::Env napi) : env(napi) {
  napi_get_uv_event_loop(env, &loop);
  napi_add_async_cleanup_hook(env, OnCleanup, this, &cleanup);
}

// The environment ends: JavaScript runs no more. uv handles need one more turn of the loop to close, hence the
// asynchronous hook; all other handles are closed by their finalizers, which run after it.
void EnvState::OnCleanup(napi_async_cleanup_hook_handle, void* data) {
  auto* state = static_cast<EnvState*>(data);
  state->ending = true;
  std::vector<FdWatch*> watches(state->watches.begin(), state->watches.end());
  for (FdWatch* watch : watches) watch->Close();
  state->FinishCleanupIfIdle();
}

void EnvState::FinishCleanupIfIdle() {
  if (!ending || closing != 0 || cleanup == nullptr) return;
  napi_remove_async_cleanup_hook(std::exchange(cleanup, nullptr));
}

int FdWatch::Open(EnvState* env, UniqueFd fd, std::function<void()> on_readable) {
  if (env->ending) return UV_ECANCELED;
  Close();
  auto* poll = new Poll{{}, this, env, std::move(fd)};
  int error = uv_poll_init(env->loop, &poll->uv, poll->fd.get());
  if (error != 0) {
    delete poll;
    return error;
  }
  poll->uv.data = poll;
  poll_ = poll;
  on_readable_ = std::move(on_readable);
  env->watches.insert(this);
  return 0;
}

int FdWatch::Start() {
  int error = uv_poll_start(&poll_->uv, UV_READABLE, OnPoll);
  active_ = error == 0;
  return error;
}

void FdWatch::Stop() {
  if (poll_ != nullptr) uv_poll_stop(&poll_->uv);
  active_ = false;
}

void FdWatch::Ref() {
  if (poll_ != nullptr) uv_ref(reinterpret_cast<uv_handle_t*>(&poll_->uv));
}

void FdWatch::Unref() {
  if (poll_ != nullptr) uv_unref(reinterpret_cast<uv_handle_t*>(&poll_->uv));
}

void FdWatch::Close() {
  Poll* poll = std::exchange(poll_, nullptr);
  active_ = false;
  if (poll == nullptr) return;
  poll->owner = nullptr;
  poll->env->watches.erase(this);
  poll->env->closing++;
  uv_poll_stop(&poll->uv);
  uv_close(reinterpret_cast<uv_handle_t*>(&poll->uv), [](uv_handle_t* uv) {
    auto* closed = static_cast<Poll*>(uv->data);
    EnvState* env = closed->env;
    delete closed;
    env->closing--;
    env->FinishCleanupIfIdle();
  });
}

// A failing poll (status < 0) is reported as readable: whoever reads then meets the error itself.
void FdWatch::OnPoll(uv_poll_t* uv, int, int) {
  FdWatch* owner = static_cast<Poll*>(uv->data)->owner;
  if (owner == nullptr) return;
  auto on_readable = owner->on_readable_;  // the callback may close the watch
  on_readable();
}

bool CanRunJs(Napi::Env env) {
  napi_value object = nullptr, value = nullptr;
  if (napi_create_object(env, &object) != napi_ok || napi_get_undefined(env, &value) != napi_ok) return false;
  return napi_set_named_property(env, object, "probe", value) == napi_ok;
}

void CallFromLoop(Napi::Env env, const Napi::FunctionReference& callback, const std::vector<napi_value>& args) {
  if (!CanRunJs(env)) return;
  Napi::AsyncContext context(env, "tbpf");
  callback.MakeCallback(env.Global(), args, context);
  if (env.IsExceptionPending()) {
    Napi::Error error = env.GetAndClearPendingException();
    napi_fatal_exception(env, error.Value());
  }
}
