/** Names of Chromium's, Electron's and Node's own switches, of which there are thousands: most belong to a family. */
const FAMILIES =
  /^(allow|auth|auto|blink|crash|default|disable|disk|enable|force|gpu|gtk|headless|high|host|ignore|inspect|js|lang|log|net|no|num|ozone|password|process|proxy|remote|renderer|ssl|touch|trace|use|user|v|wayland|x11)(-|$)/;

const SINGLE = new Set([
  'class',
  'display',
  'dark-mode',
  'explicitly-allowed-ports',
  'experimental-network-inspection',
  'in-process-gpu',
  'single-process',
  'test-type',
  'unsafely-treat-insecure-origin-as-secure',
  'vmodule',
  // The installer for Windows starts the app with this.
  'updated',
]);

/** Whether an argument looks like an option, and is not a switch of Chromium. Options with one hyphen are the system's. */
export function isUnknownOption(argument: string): boolean {
  const name = /^--([^=]+)/.exec(argument)?.[1];
  return name !== undefined && !FAMILIES.test(name) && !SINGLE.has(name);
}
