import { createServer } from 'node:net';

/** Returns `preferred` if it is free on 127.0.0.1, else a free port that the system chooses. Throws when there is none. */
export async function choosePort(preferred: number | undefined): Promise<number> {
  const free = preferred !== undefined && (await tryPort(preferred));
  const port = free || (await tryPort(0));
  if (port === undefined) throw new Error('The system gave no free port on 127.0.0.1.');
  return port;
}

/** Returns `port` if it is free on 127.0.0.1, else undefined. With 0 the system chooses a free port. */
export function tryPort(port: number): Promise<number | undefined> {
  return new Promise(resolve => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
