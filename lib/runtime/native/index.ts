// The addon, loaded once per thread by the first call that needs it. Nothing else loads it.
//
//   errors what the addon throws are already TbpfErrors: ./errors.ts makes them

import { addonFile, explainAddon } from './addon-file.js';
import { createNativeError } from './errors.js';
import type { NativeAddon } from './types.js';

export type * from './types.js';
export { RECORD_HEADER_BYTES } from './types.js';
export { createNativeError } from './errors.js';
export { packageRoot } from './addon-file.js';

let loaded: NativeAddon | undefined;

/** The addon. Cheap after the first call.
 * @throws TbpfError ERR_ADDON when it is not built, or a library it needs is missing */
export function loadNative(): NativeAddon {
  if (loaded !== undefined) return loaded;
  const file = addonFile();
  const module = { exports: {} as NativeAddon };
  try {
    process.dlopen(module, file); // what require() comes down to, without its search
  } catch (cause) {
    throw explainAddon(file, cause);
  }
  module.exports.setErrorFactory(createNativeError);
  return (loaded = module.exports);
}
