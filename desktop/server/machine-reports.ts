import type { LoginEnvironment } from '../system/core/login-environment';
import { proxyIn } from './core/proxy';
import { requestServer } from './own-request';

/** Interval of the reports: no system tells when its settings of the network have changed. */
const REPORT_MS = 60_000;
/** The same while nobody uses the server: each report wakes the app some two hundred times. */
const IDLE_REPORT_MS = 600_000;
/** Time until the next report if the last one did not arrive, or lacked the proxies. */
const RETRY_MS = 10_000;
/** Requests that the page sends one after the other lead to one report. */
const SOON_MS = 500;
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
  /** Nobody uses the server. */
  isIdle(): boolean;
  log(line: string): void;
}

/** The proxy of each address; null for a direct connection. */
type Proxies = Readonly<Record<string, string | null>>;

interface Report {
  zone: string;
  proxies?: Proxies;
  environment?: LoginEnvironment;
}

export interface MachineReports {
  /** Reports now: something has changed. A report that waits for proxies is sent without them, and one more follows. */
  now(): void;
  /** Reports soon, after a running report: the server may name other addresses. */
  soon(): void;
  /** The server is used: reports soon if it was idle for so long that a report was left out. */
  used(): void;
}

/**
 * Reports the machine's time zone and proxies, and the login shell's variables, to the server: when it is told, and every
 * minute from the first call on while the server is used or a report differs from the last one, as after a sleep until the
 * network is there. Proxies can take long, so a new server, and new variables, get a report without them first.
 */
export function createMachineReports(options: Options): MachineReports {
  let addresses: readonly string[] = [];
  /** Of the last report that arrived. */
  let reported: { token?: string; environment?: LoginEnvironment | undefined; text?: string } = {};
  let interrupt: () => void = () => {};
  const log = onceForEachLine(options.log);

  async function report(): Promise<Outcome> {
    const token = options.token();
    if (token === undefined) return 'incomplete';
    const environment = options.environment();
    const isFirst = token !== reported.token || environment !== reported.environment;
    const proxies = isFirst || addresses.length === 0 ? undefined : await proxiesNow();
    const content: Report = {
      zone: options.zone(),
      ...(proxies === undefined ? {} : { proxies }),
      ...(environment === undefined ? {} : { environment }),
    };
    const named = await send(options.port, token, log, content);
    if (named === undefined) return 'incomplete';
    const text = JSON.stringify(content);
    const isChanged = text !== reported.text;
    reported = { token, environment, text };
    // The server waits for the proxies of these addresses.
    const asksMore = (isFirst && named.length > 0) || named.join() !== addresses.join();
    addresses = named;
    if (asksMore) return 'asked for more';
    if (proxies === undefined && named.length > 0) return 'incomplete';
    return isChanged ? 'changed' : 'unchanged';
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

  const { run, soon, used } = repeated(options.isIdle, () =>
    report().catch((error: Error) => {
      log(`the machine could not be reported: ${error.message}`);
      return 'incomplete';
    }),
  );
  return {
    now: () => {
      interrupt();
      run();
    },
    soon,
    used,
  };
}

/**
 * Result of a report. `changed`, `unchanged`: complete, compared with the last report that arrived. `incomplete`: did not
 * arrive, or lacks proxies. `asked for more`: the server named addresses whose proxies it has not got.
 */
type Outcome = 'changed' | 'unchanged' | 'incomplete' | 'asked for more';

/** Returns functions that make a report, one at a time, and again after a pause that its outcome decides. */
function repeated(
  isIdle: () => boolean,
  report: () => Promise<Outcome>,
): Pick<MachineReports, 'soon' | 'used'> & { run(): void } {
  let running = false;
  let again = false;
  /** A report was left out, because the server is idle. */
  let isResting = false;
  let timer: NodeJS.Timeout | undefined;
  let soonTimer: NodeJS.Timeout | undefined;

  async function make(): Promise<void> {
    if (running) {
      again = true;
      return;
    }
    running = true;
    isResting = false;
    clearTimeout(timer);
    clearTimeout(soonTimer);
    let outcome: Outcome;
    do {
      again = false;
      outcome = await report();
    } while (again || outcome === 'asked for more');
    running = false;
    timer = setTimeout(
      outcome === 'unchanged' ? runOrRest : run,
      outcome === 'incomplete' ? RETRY_MS : REPORT_MS,
    ).unref();
  }

  function run(): void {
    void make();
  }

  function runOrRest(): void {
    if (!isIdle()) return run();
    isResting = true;
    timer = setTimeout(run, IDLE_REPORT_MS - REPORT_MS).unref();
  }

  function used(): void {
    if (isResting) soon();
  }

  function soon(): void {
    clearTimeout(soonTimer);
    soonTimer = setTimeout(run, SOON_MS).unref();
  }

  return { run, soon, used };
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
    const answer = await requestServer({ port, token, path: '/api/desktop/machine', body: report, limitMs: LIMIT_MS });
    const { status, text } = answer;
    if (status !== 200) log(`the server refused a report on the machine: ${status} ${text.slice(0, 200)}`);
    const { addresses }: { addresses?: unknown } = status === 200 ? JSON.parse(text) : {};
    return Array.isArray(addresses) && addresses.every(name => typeof name === 'string') ? addresses : undefined;
  } catch {
    return undefined; // another report follows
  }
}
