import { proxyIn } from './core/proxy';

/** Interval of the reports. No system tells when its settings of the network have changed. */
const REPORT_MS = 10_000;
const LIMIT_MS = 5_000;

interface Options {
  port: number;
  /** The server's token; undefined while it may not be sent. */
  token(): string | undefined;
  /** Name of the machine's time zone now. */
  zone(): string;
  /** Variables of the user's login shell; undefined until they are read. */
  environment(): Readonly<Record<string, string>> | undefined;
  /** Electron's, which follows the desktop's settings and evaluates their script. */
  resolveProxy(url: string): Promise<string>;
  log(line: string): void;
}

interface Report {
  zone: string;
  proxies?: Record<string, string | null>;
  environment?: Readonly<Record<string, string>>;
}

/**
 * Reports the machine's time zone and proxies, and the login shell's variables, to the server: at each call of the function
 * it returns, and every 10 s. Calls during a report lead to one more report after it.
 */
export function createMachineReports(options: Options): () => void {
  let addresses: readonly string[] = [];
  let running = false;
  let again = false;
  let timer: NodeJS.Timeout | undefined;

  async function report(): Promise<void> {
    const token = options.token();
    if (token === undefined) return;
    const proxies = await resolveAll(addresses);
    const zone = options.zone();
    const environment = options.environment();
    const named = await send(options.port, token, {
      zone,
      ...(addresses.length > 0 ? { proxies } : {}),
      ...(environment === undefined ? {} : { environment }),
    });
    if (named === undefined) return;
    // Another set of addresses: the server waits for their proxies.
    if (named.join() !== addresses.join()) again = true;
    addresses = named;
  }

  async function resolveAll(addresses: readonly string[]): Promise<Record<string, string | null>> {
    const resolve = async (address: string) => [address, proxyIn(await options.resolveProxy(address))] as const;
    return Object.fromEntries(await Promise.all(addresses.map(resolve)));
  }

  async function run(): Promise<void> {
    if (running) {
      again = true;
      return;
    }
    running = true;
    clearTimeout(timer);
    do {
      again = false;
      await report().catch((error: Error) => options.log(`the machine could not be reported: ${error.message}`));
    } while (again);
    running = false;
    timer = setTimeout(run, REPORT_MS);
    timer.unref();
  }

  return () => void run();
}

/** Sends a report. Returns the addresses that the server asks about; undefined when it does not respond. */
async function send(port: number, token: string, report: Report): Promise<readonly string[] | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/api/desktop/machine`, {
      method: 'POST',
      headers: { 'X-CachiBot-Token': token, 'Content-Type': 'application/json' },
      body: JSON.stringify(report),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const { addresses }: { addresses?: unknown } = answer.ok ? JSON.parse(await answer.text()) : {};
    return Array.isArray(addresses) && addresses.every(name => typeof name === 'string') ? addresses : undefined;
  } catch {
    return undefined; // The next report follows soon.
  }
}
