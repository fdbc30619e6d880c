/** The format in which the app was installed decides how it is updated. */

export type UpdateFormat = 'appimage' | 'deb' | 'rpm' | 'nsis' | 'mac';

interface Facts {
  platform: string;
  /** The running AppImage file; undefined when the app is not an AppImage. */
  appImage: string | undefined;
  /** The content of the file `package-type`, in which a package names its format. */
  packageType: string | undefined;
}

/** Returns the format of this copy; undefined for a folder that was unpacked by hand, which cannot replace itself. */
export function formatOf({ platform, appImage, packageType }: Facts): UpdateFormat | undefined {
  if (platform === 'win32') return 'nsis';
  if (platform === 'darwin') return 'mac';
  if (appImage !== undefined) return 'appimage';
  return packageType === 'deb' || packageType === 'rpm' ? packageType : undefined;
}

/** Returns the command that installs a package, without `sudo` or `pkexec`. `has`: whether a program is installed. */
export function packageCommand(format: 'deb' | 'rpm', file: string, has: (program: string) => boolean): string[] {
  if (format === 'deb') return has('apt-get') ? ['apt-get', 'install', '--yes', file] : ['dpkg', '--install', file];
  if (has('dnf')) return ['dnf', 'install', '--assumeyes', file];
  if (has('zypper')) return ['zypper', '--non-interactive', 'install', '--allow-unsigned-rpm', file];
  return ['rpm', '--upgrade', file];
}
