import type { UpdateFormat } from '../core/package-format';
import type { InstallTarget, TargetOptions } from './target';

/** The target of a format. Each is loaded when it is needed. */
export function targetFor(format: UpdateFormat, options: TargetOptions): InstallTarget {
  switch (format) {
    case 'appimage':
      return (require('./appimage') as typeof import('./appimage')).appImageTarget(options);
    case 'deb':
    case 'rpm':
      return (require('./linux-package') as typeof import('./linux-package')).linuxPackageTarget(format, options);
    case 'nsis':
      return (require('./nsis') as typeof import('./nsis')).nsisTarget(options);
    case 'mac':
      return (require('./mac') as typeof import('./mac')).macTarget(options);
  }
}
