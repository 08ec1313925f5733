// One piece of work on a thread of libuv's pool. `run` must not touch JavaScript; `done` is called on the environment's
// thread, unless the environment has ended meanwhile. What both share dies with the task, on the environment's thread.
#pragma once

#include <napi.h>

#include <functional>
#include <utility>

#include "env.h"

class Task : public Napi::AsyncWorker {
 public:
  static void Start(Napi::Env env, std::function<void()> run, std::function<void(Napi::Env)> done) {
    (new Task(env, std::move(run), std::move(done)))->Queue();
  }

 private:
  Task(Napi::Env env, std::function<void()> run, std::function<void(Napi::Env)> done)
      : Napi::AsyncWorker(env, "tbpf"), run_(std::move(run)), done_(std::move(done)) {}

  void Execute() override { run_(); }
  // A worker that is being terminated runs no JavaScript any more: nobody waits for the result.
  void OnOK() override {
    if (CanRunJs(Env())) done_(Env());
  }

  std::function<void()> run_;
  std::function<void(Napi::Env)> done_;
};
