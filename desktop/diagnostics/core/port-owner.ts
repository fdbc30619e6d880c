/** Parses what the three systems report about the process that listens on a port. */

export interface PortOwner {
  pid: number;
  name: string;
}

const LISTEN = '0A';

/** Returns the inode of the socket that listens on `port`, from the text of /proc/net/tcp or tcp6. */
export function listeningInode(table: string, port: number): string | undefined {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const line of table.split('\n').slice(1)) {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    if (local?.endsWith(wanted) && state === LISTEN) return inode;
  }
  return undefined;
}

/** Parses the output of `lsof -Fpc`: a line `p<pid>`, then a line `c<command>`. */
export function ownerFromLsof(output: string): PortOwner | undefined {
  const pid = /^p(\d+)$/m.exec(output)?.[1];
  return pid === undefined ? undefined : { pid: Number(pid), name: /^c(.+)/m.exec(output)?.[1] ?? '' };
}

/** Parses the output of `netstat -ano`. Reads only addresses and numbers, because Windows translates the words. */
export function ownerFromNetstat(output: string, port: number): PortOwner | undefined {
  for (const line of output.split('\n')) {
    const [protocol, local, remote, , pid] = line.trim().split(/\s+/);
    // A socket with remote port 0 is listening.
    if (protocol === 'TCP' && local?.endsWith(`:${port}`) && remote?.endsWith(':0'))
      return { pid: Number(pid), name: '' };
  }
  return undefined;
}
