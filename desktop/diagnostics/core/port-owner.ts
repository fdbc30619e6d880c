/** Reads what the systems say about who listens on a port. */

export interface PortHolder {
  pid: number;
  name: string;
}

const LISTEN = '0A';

/** The inode of the socket that listens on `port` in the text of /proc/net/tcp or tcp6. */
export function listeningInode(table: string, port: number): string | undefined {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const line of table.split('\n').slice(1)) {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    if (local?.endsWith(wanted) && state === LISTEN) return inode;
  }
  return undefined;
}

/** From the output of `lsof -Fpc`: a line `p<pid>`, then a line `c<command>`. */
export function holderFromLsof(output: string): PortHolder | undefined {
  const pid = /^p(\d+)$/m.exec(output)?.[1];
  return pid === undefined ? undefined : { pid: Number(pid), name: /^c(.+)$/m.exec(output)?.[1] ?? '' };
}

/** From the output of `netstat -ano`. Its words are translated, so only addresses and numbers are read. */
export function holderFromNetstat(output: string, port: number): PortHolder | undefined {
  for (const line of output.split('\n')) {
    const [protocol, local, remote, , pid] = line.trim().split(/\s+/);
    // A listening socket is the one whose other end is nowhere.
    if (protocol === 'TCP' && local?.endsWith(`:${port}`) && remote?.endsWith(':0'))
      return { pid: Number(pid), name: '' };
  }
  return undefined;
}
