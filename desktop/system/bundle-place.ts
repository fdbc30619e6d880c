import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Why macOS lets nothing replace the app where it is: it runs from a disk image, or macOS runs a copy of it at a random
 * place because it was downloaded and not moved.
 */
export type UnreplaceablePlace = 'read-only' | 'translocated';

/**
 * Returns why the app cannot be replaced, or undefined if it can be. `executable` is the program in the app's bundle. An
 * administrator's folder can be replaced: macOS asks for the password.
 */
export function placeOfBundle(
  executable: string,
  access: typeof accessSync = accessSync,
): UnreplaceablePlace | undefined {
  if (executable.includes('/AppTranslocation/')) return 'translocated';
  const bundle = dirname(dirname(dirname(executable)));
  try {
    access(bundle, constants.W_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS' ? 'read-only' : undefined;
  }
}
