import type { LoginEnvironment } from '../system/core/login-environment';
import { proxyIn } from './core/proxy';

/**
 * Interval of the reports. No system tells when its settings of the network have changed. The user changes them in another
 * program, and a report follows when they come back.
 */
const REPORT_MS = 60_000;
const LIMIT_MS = 5_000;

interface Options {
  port: number;
  /** The server's token; undefined while it may not be sent. */
  token(): string | undefined;
  /** Name of the machine's time zone now. */
  zone(): string;
  /** Variables of the user's login shell; undefined until they are read. */
  environment(): LoginEnvironment | undefined;
  /** Electron's, which follows the desktop's settings and evaluates their script. */
  resolveProxy(url: string): Promise<string>;
  log(line: string): void;
}

/** The proxy of each address; null for a direct connection. */
type Proxies = Readonly<Record<string, string | null>>;

interface Report {
  zone: string;
  proxies?: Proxies;
  environment?: LoginEnvironment;
}

/**
 * Reports the machine's time zone and proxies, and the login shell's variables, to the server: at each call of the function
 * it returns, and every minute. Calls during a report lead to one more report after it. Proxies can take long, so a new
 * server, and new variables, get a report without them first.
 */
export function createMachineReports(options: Options): () => void {
  let addresses: readonly string[] = [];
  /** Of the last report that arrived. */
  let reported: { token?: string; environment?: LoginEnvironment | undefined } = {};
  let interrupt: () => void = () => {};
  const log = onceForEachLine(options.log);
  let running = false;
  let again = false;
  let timer: NodeJS.Timeout | undefined;

  async function report(): Promise<void> {
    const token = options.token();
    if (token === undefined) return;
    const environment = options.environment();
    const isFirst = token !== reported.token || environment !== reported.environment;
    const proxies = isFirst || addresses.length === 0 ? undefined : await proxiesNow();
    const named = await send(options.port, token, log, {
      zone: options.zone(),
      ...(proxies === undefined ? {} : { proxies }),
      ...(environment === undefined ? {} : { environment }),
    });
    if (named === undefined) return;
    reported = { token, environment };
    // The server waits for the proxies of these addresses.
    if ((isFirst && named.length > 0) || named.join() !== addresses.join()) again = true;
    addresses = named;
  }

  /** Returns the proxies of the addresses that the server has named; undefined if one is unknown, or at an interrupt. */
  async function proxiesNow(): Promise<Proxies | undefined> {
    const interrupted = new Promise<undefined>(stop => {
      interrupt = () => stop(undefined);
    });
    return Promise.race([resolveAll(addresses, options.resolveProxy), interrupted]).catch((error: Error) => {
      log(`the proxies could not be read: ${error.message}`);
      return undefined;
    });
  }

  async function run(): Promise<void> {
    if (running) {
      again = true;
      interrupt();
      return;
    }
    running = true;
    clearTimeout(timer);
    do {
      again = false;
      await report().catch((error: Error) => log(`the machine could not be reported: ${error.message}`));
    } while (again);
    running = false;
    timer = setTimeout(run, REPORT_MS);
    timer.unref();
  }

  return () => void run();
}

async function resolveAll(addresses: readonly string[], resolveProxy: Options['resolveProxy']): Promise<Proxies> {
  const resolve = async (address: string) => [address, proxyIn(await resolveProxy(address))] as const;
  return Object.fromEntries(await Promise.all(addresses.map(resolve)));
}

/** Returns a log that leaves out lines that it has. */
function onceForEachLine(log: Options['log']): Options['log'] {
  const logged = new Set<string>();
  return line => {
    if (!logged.has(line)) log(line);
    logged.add(line);
  };
}

/** Sends a report. Returns the addresses that the server asks about; undefined when it does not respond. */
async function send(
  port: number,
  token: string,
  log: Options['log'],
  report: Report,
): Promise<readonly string[] | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/api/desktop/machine`, {
      method: 'POST',
      headers: { 'X-CachiBot-Token': token, 'Content-Type': 'application/json' },
      body: JSON.stringify(report),
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const text = await answer.text();
    if (!answer.ok) log(`the server refused a report on the machine: ${answer.status} ${text.slice(0, 200)}`);
    const { addresses }: { addresses?: unknown } = answer.ok ? JSON.parse(text) : {};
    return Array.isArray(addresses) && addresses.every(name => typeof name === 'string') ? addresses : undefined;
  } catch {
    return undefined; // another report follows
  }
}
