import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { words } from '../../words/en';
import { packageCommand } from '../core/package-format';
import { assertUnchanged } from '../file-hash';
import type { InstallTarget, TargetOptions } from './target';

/** Exit codes of pkexec: the user dismissed its window; the user is not authorized, or no window could be opened. */
const DISMISSED = 126;
const NOT_AUTHORIZED = 127;
const LOGGED_LINES = 5;

interface Options {
  format: 'deb' | 'rpm';
  file: string;
  /** This process runs as root and needs no password. */
  isRoot: boolean;
  log(line: string): void;
}

/** Creates the target of a deb or rpm: the system's package tools install it, after the user has entered a password. */
export function linuxPackageTarget(
  format: 'deb' | 'rpm',
  { executableFile, isRoot, log }: Pick<TargetOptions, 'executableFile' | 'isRoot' | 'log'>,
): InstallTarget {
  return {
    relaunchFile: executableFile,
    needsPassword: () => true,
    createInstallation({ file, sha512 }) {
      const verify = () => assertUnchanged(file, sha512);
      const manualStep = canAskForPassword(isRoot)
        ? undefined
        : words.updateProblem.noPasswordPrompt(terminalCommand({ format, file }));
      return {
        manualStep,
        prepare: verify,
        async apply() {
          await verify(); // again, because the backup of the data may have taken minutes
          await installPackage({ format, file, isRoot, log });
        },
      };
    },
  };
}

/** Returns the command for a terminal, where the system cannot open a window for the password. */
function terminalCommand({ format, file }: Pick<Options, 'format' | 'file'>): string {
  return ['sudo', ...packageCommand(format, `'${file}'`, has)].join(' ');
}

function canAskForPassword(isRoot: boolean): boolean {
  return isRoot || has('pkexec');
}

/**
 * Installs the package with the system's tools. Rejects with the reason for the user. The tools write to a file instead
 * of a pipe, so that they finish even if this process is killed.
 */
function installPackage({ format, file, isRoot, log }: Options): Promise<void> {
  const command = packageCommand(format, file, has);
  const [program = '', ...args] = isRoot ? command : ['pkexec', ...command];
  log(`update: ${[program, ...args].join(' ')}`);
  return new Promise((resolve, reject) => {
    const outputFile = join(dirname(file), 'installation.log');
    const output = openSync(outputFile, 'w', 0o600);
    const child = spawn(program, args, { stdio: ['ignore', output, output], detached: true });
    closeSync(output);
    child.once('error', reject);
    child.once('close', code => {
      const lines = readFileSync(outputFile, 'utf8').trim().split('\n').slice(-LOGGED_LINES).join('\n');
      if (code === 0) return resolve();
      log(`update: the installer exited with code ${code}: ${lines}`);
      if (!isRoot && code === DISMISSED) return reject(new Error(words.updateProblem.notPermitted));
      if (!isRoot && code === NOT_AUTHORIZED) {
        const command = terminalCommand({ format, file });
        return reject(new Error(words.updateProblem.notPermittedHere(command)));
      }
      reject(new Error(words.updateProblem.installerFailed(code, lines.split('\n').at(-1) ?? '')));
    });
  });
}

function has(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some(folder => existsSync(join(folder, program)));
}
