import { execFile } from 'node:child_process';
import { windowsProgram } from './windows-program';

const LIMIT_MS = 5_000;
const NETWORK_MANAGER = [
  'busctl',
  [
    'get-property',
    'org.freedesktop.NetworkManager',
    '/org/freedesktop/NetworkManager',
    'org.freedesktop.NetworkManager',
    'Metered',
  ],
] as const;
const CONNECTION_COST = `[void][Windows.Networking.Connectivity.NetworkInformation, Windows, ContentType = WindowsRuntime]
[Windows.Networking.Connectivity.NetworkInformation]::GetInternetConnectionProfile().GetConnectionCost().NetworkCostType`;

/** Returns whether the system reports a metered connection; false if it reports nothing. */
export function isMetered(system: 'proc' | 'ps' | 'cim'): Promise<boolean> {
  // macOS has no command that reports it.
  if (system === 'ps') return Promise.resolve(false);
  const [program, args] =
    system === 'proc'
      ? NETWORK_MANAGER
      : ([windowsProgram('powershell'), ['-NoProfile', '-NonInteractive', '-Command', CONNECTION_COST]] as const);
  return new Promise(resolve => {
    try {
      const child = execFile(program, args, { timeout: LIMIT_MS, windowsHide: true }, (error, stdout) => {
        // NetworkManager: 1 is yes, 3 is "guessed yes". Windows: Fixed is an allowance, Variable a price for each byte.
        resolve(error === null && /^u [13]\b|^(Fixed|Variable)\b/.test(stdout.trim()));
      });
      // PowerShell may wait for the end of its input.
      child.stdin?.end();
    } catch {
      resolve(false); // a policy forbids the program
    }
  });
}
