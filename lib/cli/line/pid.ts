// The number of -p.

/** PID_MAX_LIMIT of 64-bit kernels */
const MOST = 0x400000;

/** @returns the number, or what is wrong */
export function parsePid(text: string): number | string {
  const digits = /^\s*\+?(0[xX][0-9a-fA-F]+|\d+)/.exec(text);
  if (!digits) return `Failed to parse pid: invalid integer: ${text}`;
  if (digits[0].length !== text.length) return `Failed to parse pid: invalid trailing bytes: ${text}`;
  const pid = Number(digits[1]);
  return pid >= 1 && pid <= MOST ? pid : `Pid out of range: ${text}`;
}
