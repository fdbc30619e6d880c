import { runProgram } from './run-program';
import { runPowerShell } from './windows-program';

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
export async function isMetered(system: 'proc' | 'ps' | 'cim'): Promise<boolean> {
  // macOS has no command that reports it.
  if (system === 'ps') return false;
  const { output, failure } = await (system === 'proc'
    ? runProgram(...NETWORK_MANAGER, { limitMs: LIMIT_MS })
    : runPowerShell(CONNECTION_COST, LIMIT_MS));
  // NetworkManager: 1 is yes, 3 is "guessed yes". Windows: Fixed is an allowance, Variable a price for each byte.
  return failure === undefined && /^u [13]\b|^(Fixed|Variable)\b/.test(output.trim());
}
