// Attach specs as JavaScript writes them (AttachSpec in lib/runtime/native/types.ts).
#pragma once

#include "args.h"
#include "attach.h"

// False with an exception pending when something in it is wrong.
bool ReadAttachSpec(args::Reader& read, const Napi::Value& value, AttachSpec* spec);
