// BPF programs that the kernel has, whoever loaded them.
#pragma once

#include <napi.h>

#include <memory>

#include "errors.h"

Napi::Value LoadedPrograms(const Napi::CallbackInfo& info);
