import type { Inspection, inspectBundle } from './bundle-check';
import type { Bundle } from './core/bundle-manifest';
import { KNOWN_FAILURE_CODES } from './core/exit-codes';
import type { BackendHost, ServerEnd } from './host';

/** The hashes take about a second. On a slower disk the check stops after this time, and reports what it has found. */
const HASHES_MS = 15_000;

interface Options {
  inspect: typeof inspectBundle;
  /** Resolves when the check of all files may begin. */
  begins: Promise<void>;
  log(line: string): void;
}

/**
 * Returns a host that checks the server's files while the server starts, so that the check delays nothing. A missing
 * file, or one of another size, stops the start. When the server exits before it is ready, the hashes show whether a
 * damaged file was the cause. `inspect` is `inspectBundle`, which the caller loads after the spawn. The check begins
 * with `begins`: it takes a tenth of a second of this process, in parts, which would delay the window.
 */
export function withBundleCheck(host: BackendHost, bundle: Bundle, { inspect, begins, log }: Options): BackendHost {
  return {
    launch(events) {
      const stopping = new AbortController();
      let ready = false;
      /** Reports the end of the server without waiting for the hashes. Set once it has ended. */
      let reportNow: (() => void) | undefined;

      const server = host.launch({
        ...events,
        onEnd(end) {
          let reported = false;
          const report = (cause: ServerEnd) => {
            if (!reported) events.onEnd(cause);
            reported = true;
          };
          reportNow = () => report(end);
          if (ready || !mayBeDamage(end)) return report(end);
          const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(HASHES_MS)]);
          void inspect(bundle, { hashes: true, signal }).then(found =>
            report(found.flawed === 0 ? end : damage(bundle, found, 'lines' in end ? end.lines : [], log)),
          );
        },
      });

      const check = async () => {
        await begins;
        const isOver = () => stopping.signal.aborted || reportNow !== undefined;
        if (isOver()) return;
        const found = await inspect(bundle, { hashes: false, signal: stopping.signal });
        if (found.flawed > 0 && !isOver()) events.onDamage(damage(bundle, found, server.lastLines(), log));
      };
      const checked = check();

      return {
        ...server,
        async probe(signal) {
          const result = await server.probe(signal);
          if (result.kind !== 'ready') return result;
          // The server may be ready before the check is done, and must not be used if it is damaged.
          await checked;
          ready = true;
          return result;
        },
        requestStop() {
          stopping.abort();
          if (reportNow) queueMicrotask(reportNow);
          else server.requestStop();
        },
        killTree() {
          // After the exit the PID may belong to another process.
          if (reportNow === undefined) server.killTree();
        },
      };
    },
  };
}

function damage(
  { folder }: Bundle,
  { flawed, flaws }: Inspection,
  lines: readonly string[],
  log: (line: string) => void,
) {
  log(`the server's files: ${flawed} are damaged, such as ${JSON.stringify(flaws)}`);
  return { kind: 'damaged', folder, flawed, flaws, lines } as const;
}

/** False when the exit code already names another cause. */
function mayBeDamage(end: ServerEnd): boolean {
  return end.kind === 'not-started' || (end.kind === 'exited' && !KNOWN_FAILURE_CODES.some(code => code === end.code));
}
