import { lazyRequire } from '../../system/lazy-require';
import type { UpdateFormat } from '../core/package-format';
import type { InstallTarget, TargetOptions } from './target';

const appImage = lazyRequire<typeof import('./appimage')>(() => require('./appimage'));
const linuxPackage = lazyRequire<typeof import('./linux-package')>(() => require('./linux-package'));
const mac = lazyRequire<typeof import('./mac')>(() => require('./mac'));
const nsis = lazyRequire<typeof import('./nsis')>(() => require('./nsis'));

/** Returns the target of a format. Each module is loaded when it is needed. */
export function targetFor(format: UpdateFormat, options: TargetOptions): InstallTarget {
  switch (format) {
    case 'appimage':
      return appImage().appImageTarget(options);
    case 'deb':
    case 'rpm':
      return linuxPackage().linuxPackageTarget(format, options);
    case 'nsis':
      return nsis().nsisTarget(options);
    case 'mac':
      return mac().macTarget(options);
  }
}
