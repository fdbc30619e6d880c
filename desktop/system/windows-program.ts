import { type ProgramResult, runProgram } from './run-program';

/** Programs of Windows that the app runs, by their paths in the folder of Windows. */
const PROGRAMS = {
  netstat: 'System32\\netstat.exe',
  powershell: 'System32\\WindowsPowerShell\\v1.0\\powershell.exe',
  taskkill: 'System32\\taskkill.exe',
} as const;

/** Less than the time that a server has to exit after a forced stop, `LIMITS.killMs`. */
export const TASKKILL_MS = 2_000;

/**
 * A PowerShell 7 that started the app leaves modules in PSModulePath that Windows PowerShell cannot load. Without the
 * encoding, names come in the console's code page. In some of these, bytes of other characters equal JSON's own.
 */
const POWERSHELL_START = `
  $env:PSModulePath = $PSHOME + '\\Modules'
  [Console]::OutputEncoding = New-Object Text.UTF8Encoding $false
`;

/** Returns the path of a program of Windows. A name alone would also find a file in the current folder, or on PATH. */
export function windowsProgram(name: keyof typeof PROGRAMS): string {
  return `${process.env['SystemRoot'] ?? 'C:\\Windows'}\\${PROGRAMS[name]}`;
}

/** Runs a script in Windows PowerShell, without the user's profile and without questions. */
export function runPowerShell(script: string, limitMs: number): Promise<ProgramResult> {
  const args = ['-NoProfile', '-NonInteractive', '-Command', POWERSHELL_START + script];
  return runProgram(windowsProgram('powershell'), args, { limitMs });
}

/** Closes or kills a process. `options`: `/F` kills it, `/T` includes its children. */
export function runTaskkill(pid: number, ...options: ('/F' | '/T')[]): Promise<ProgramResult> {
  return runProgram(windowsProgram('taskkill'), [...options, '/PID', String(pid)], { limitMs: TASKKILL_MS });
}
