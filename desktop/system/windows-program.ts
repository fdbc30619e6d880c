import { execFile } from 'node:child_process';

/** Programs of Windows that the app runs, by their paths in the folder of Windows. */
const PROGRAMS = {
  netstat: 'System32\\netstat.exe',
  powershell: 'System32\\WindowsPowerShell\\v1.0\\powershell.exe',
  taskkill: 'System32\\taskkill.exe',
} as const;

/** Returns the path of a program of Windows. A name alone would also find a file in the current folder, or on PATH. */
export function windowsProgram(name: keyof typeof PROGRAMS): string {
  return `${process.env['SystemRoot'] ?? 'C:\\Windows'}\\${PROGRAMS[name]}`;
}

/** Kills a process and its children. Calls `onError` when Windows refuses, or the program cannot be run. */
export function killWindowsTree(pid: number, onError: (error: Error) => void): void {
  const args = ['/F', '/T', '/PID', String(pid)];
  execFile(windowsProgram('taskkill'), args, { windowsHide: true }, error => error && onError(error));
}
