// All modelled helpers by name. To add one, write its record into the file of its kind.

import type { HelperName } from '../../model/bpf/uapi.js';
import { bufferHelpers } from './buffers.js';
import { functionHelpers } from './function.js';
import type { Helper } from './helper.js';
import { mapHelpers } from './maps.js';
import { probeHelpers } from './probe.js';
import { stackHelpers } from './stacks.js';
import { taskHelpers } from './task.js';
import { textHelpers } from './text.js';

export const helperByName: ReadonlyMap<HelperName, Helper> = new Map(
  [mapHelpers, probeHelpers, taskHelpers, bufferHelpers, stackHelpers, textHelpers, functionHelpers].flat().map((helper) => [helper.name, helper]),
);
