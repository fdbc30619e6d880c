import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { words } from '../../words/en';
import { packageCommand } from '../core/package-format';
import { expectUnchanged } from '../file-hash';
import type { InstallTarget, TargetOptions } from './target';

/** Exit codes of pkexec: the user closed its window; the user is not allowed to, or there was no window to ask in. */
const CLOSED = 126;
const NOT_ALLOWED = 127;
const LINES = 5;

interface Options {
  format: 'deb' | 'rpm';
  file: string;
  /** This process is root, and needs no password. */
  isRoot: boolean;
  log(line: string): void;
}

/** The system's package tools install a deb or rpm, and ask for a password. */
export function linuxPackageTarget(
  format: 'deb' | 'rpm',
  { programFile, isRoot, log }: Pick<TargetOptions, 'programFile' | 'isRoot' | 'log'>,
): InstallTarget {
  return {
    relaunchFile: programFile,
    asksForPassword: () => true,
    installation({ file, sha512 }) {
      const verify = () => expectUnchanged(file, sha512);
      const manualStep = canAskForPassword(isRoot)
        ? undefined
        : words.updateProblem.noPasswordPrompt(terminalCommand({ format, file }));
      return {
        manualStep,
        prepare: verify,
        async apply() {
          await verify(); // again: the copy of the data may have taken minutes
          await installPackage({ format, file, isRoot, log });
        },
      };
    },
  };
}

/** The command for a terminal, where the system cannot ask for the password in a window. */
function terminalCommand({ format, file }: Pick<Options, 'format' | 'file'>): string {
  return ['sudo', ...packageCommand(format, `'${file}'`, has)].join(' ');
}

function canAskForPassword(isRoot: boolean): boolean {
  return isRoot || has('pkexec');
}

/**
 * Installs the package with the system's tools. Rejects with the reason. The tools write to a file, so they finish even
 * if this process is killed.
 */
function installPackage({ format, file, isRoot, log }: Options): Promise<void> {
  const command = packageCommand(format, file, has);
  const [program = '', ...args] = isRoot ? command : ['pkexec', ...command];
  log(`update: ${[program, ...args].join(' ')}`);
  return new Promise((resolve, reject) => {
    const saidFile = join(dirname(file), 'installation.log');
    const output = openSync(saidFile, 'w', 0o600);
    const child = spawn(program, args, { stdio: ['ignore', output, output], detached: true });
    closeSync(output);
    child.once('error', reject);
    child.once('close', code => {
      const lines = readFileSync(saidFile, 'utf8').trim().split('\n').slice(-LINES).join('\n');
      if (code === 0) return resolve();
      log(`update: it ended with code ${code}: ${lines}`);
      if (!isRoot && code === CLOSED) return reject(new Error(words.updateProblem.notPermitted));
      if (!isRoot && code === NOT_ALLOWED) {
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
