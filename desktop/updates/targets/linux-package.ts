import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { packageCommand } from '../core/package-format';

/** pkexec's own exit codes: the person closed its window; they may not do this, or nobody could ask them. */
const CLOSED = 126;
const NOT_ALLOWED = 127;
const LINES = 5;

interface Options {
  format: 'deb' | 'rpm';
  file: string;
  /** Runs as root already, and needs nobody's permission. */
  root: boolean;
  log(line: string): void;
}

/** The command a person would give in a terminal, for when the system cannot ask for the password in a window. */
export function commandForPeople({ format, file }: Pick<Options, 'format' | 'file'>): string {
  return ['sudo', ...packageCommand(format, `'${file}'`, has)].join(' ');
}

export function canAskForPassword(root: boolean): boolean {
  return root || has('pkexec');
}

/**
 * Installs the package by the system's own tools. Rejects with the reason. They write into a file, and go on to their end
 * when this process is killed meanwhile.
 */
export function installPackage({ format, file, root, log }: Options): Promise<void> {
  const words = packageCommand(format, file, has);
  const [program = '', ...args] = root ? words : ['pkexec', ...words];
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
      if (!root && code === CLOSED) return reject(new Error('The permission to install it was not given.'));
      if (!root && code === NOT_ALLOWED) {
        const command = commandForPeople({ format, file });
        return reject(new Error(`The permission to install it was not given. In a terminal: ${command}`));
      }
      reject(new Error(`The system’s installer ended with code ${code}: ${lines.split('\n').at(-1) ?? ''}`));
    });
  });
}

function has(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some(folder => existsSync(join(folder, program)));
}
