import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { CHANGED } from './core/messages';

/** Returns the SHA-512 of a file, in base64. */
export async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha512');
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
  return hash.digest('base64');
}

/** Throws with the code `CHANGED` when a file that was verified before is missing or has changed. */
export async function assertUnchanged(file: string, sha512: string): Promise<void> {
  const now = await hashOf(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (now !== sha512) throw Object.assign(new Error(`${file} has changed.`), { code: CHANGED });
}
