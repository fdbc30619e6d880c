import { connect, createServer, type Socket } from 'node:net';

const LIMIT_MS = 2_000;

/**
 * Whether programs on this machine cannot reach each other on 127.0.0.1, because the loopback interface is down or a
 * firewall drops its packets. Connects to a port of this process, so that a server that hangs does not matter.
 */
export function isLoopbackCut(): Promise<boolean> {
  return new Promise(resolve => {
    let client: Socket | undefined;
    const listener = createServer(socket => socket.destroy());
    const finish = (cut: boolean) => {
      clearTimeout(timer);
      client?.destroy();
      listener.close();
      resolve(cut);
    };
    const timer = setTimeout(finish, LIMIT_MS, true);
    const onError = ({ code }: NodeJS.ErrnoException) => finish(code !== 'EMFILE' && code !== 'ENFILE');
    listener.once('error', onError);
    listener.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = listener.address();
      client = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
      client.once('connect', () => finish(false)).once('error', onError);
    });
  });
}
