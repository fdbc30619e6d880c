import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * Returns this number of random bytes, as hex digits. Reads them from the system's device if it has one, because Electron
 * takes longer to load the modules of `crypto`.
 * @param device such as `/dev/urandom`. Without a usable device the bytes are from `crypto`
 */
export function randomHex(bytes: number, device?: string): string {
  const random = device === undefined ? undefined : readDevice(bytes, device);
  return (random ?? Buffer.from(crypto.getRandomValues(new Uint8Array(bytes)))).toString('hex');
}

/** Returns undefined if the device is missing or is not a character device, as in some containers. */
function readDevice(bytes: number, device: string): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(device, 'r');
    if (!fstatSync(descriptor).isCharacterDevice()) return undefined;
    const random = Buffer.alloc(bytes);
    return readSync(descriptor, random) === bytes ? random : undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
