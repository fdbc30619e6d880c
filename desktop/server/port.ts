import { createServer } from 'node:net';

/** `preferred` if it is free on 127.0.0.1, else a free port of the system's choice; `undefined` asks for the latter at once. */
export async function choosePort(preferred: number | undefined): Promise<number> {
  const free = preferred !== undefined && (await tryPort(preferred));
  const port = free || (await tryPort(0));
  if (port === undefined) throw new Error('The system gave no free port on 127.0.0.1.');
  return port;
}

/** `port` if it is free on 127.0.0.1, else undefined; 0 lets the system choose a free one. */
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
