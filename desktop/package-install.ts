import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { packageCommand } from './core/update-format';

/** pkexec's own exit codes: the person closed its window, or may not do this. */
const NOT_ALLOWED = [126, 127];
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

/** Installs the package by the system's own tools. Rejects with the reason. */
export function installPackage({ format, file, root, log }: Options): Promise<void> {
  const words = packageCommand(format, file, has);
  const [program = '', ...args] = root ? words : ['pkexec', ...words];
  log(`update: ${[program, ...args].join(' ')}`);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-20_000);
      });
    child.once('error', reject);
    child.once('close', code => {
      const lines = said.trim().split('\n').slice(-LINES).join('\n');
      if (code === 0) return resolve();
      log(`update: it ended with code ${code}: ${lines}`);
      if (!root && NOT_ALLOWED.includes(code ?? -1))
        return reject(new Error('The permission to install it was not given.'));
      reject(new Error(`The system’s installer ended with code ${code}: ${lines.split('\n').at(-1) ?? ''}`));
    });
  });
}

function has(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some(folder => existsSync(join(folder, program)));
}
