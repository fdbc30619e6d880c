/** In which form this app came to the machine, which decides how a newer one does. */

export type UpdateFormat = 'appimage' | 'deb' | 'rpm' | 'nsis' | 'mac';

interface Facts {
  platform: string;
  /** The file that runs, when it is an AppImage. */
  appImage: string | undefined;
  /** What the package says it is, in a file beside the app. */
  packageType: string | undefined;
}

/** Undefined for a folder that somebody has unpacked: nothing would know how to replace it. */
export function formatOf({ platform, appImage, packageType }: Facts): UpdateFormat | undefined {
  if (platform === 'win32') return 'nsis';
  if (platform === 'darwin') return 'mac';
  if (appImage !== undefined) return 'appimage';
  return packageType === 'deb' || packageType === 'rpm' ? packageType : undefined;
}

/** Installed by a password and the system's own tools: never at quit, when nobody is there to give one. */
export function needsPassword(format: UpdateFormat): boolean {
  return format === 'deb' || format === 'rpm';
}

/** The words that install a package file, without those that ask for the right to. `has` looks for a program. */
export function packageCommand(format: 'deb' | 'rpm', file: string, has: (program: string) => boolean): string[] {
  if (format === 'deb') return has('apt-get') ? ['apt-get', 'install', '--yes', file] : ['dpkg', '--install', file];
  if (has('dnf')) return ['dnf', 'install', '--assumeyes', file];
  if (has('zypper')) return ['zypper', '--non-interactive', 'install', '--allow-unsigned-rpm', file];
  return ['rpm', '--upgrade', file];
}
