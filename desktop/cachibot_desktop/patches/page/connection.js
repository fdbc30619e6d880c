// @ts-check
// Brings the page's WebSockets back when the server is. connection.py patches their class to call it.

{
  const POLL_MS = 1000;
  const PROBE_MS = 2000;
  /** A page that is not connected this long after the server is ready is reloaded. */
  const READY_MS = 5000;
  /** So many reloads within so long are a loop: a reload does not help. */
  const MOST_RELOADS = 3;
  const LOOP_MS = 60_000;
  const TIMES = 'cachibot-desktop:reloaded';

  /**
   * A WebSocket of the page, as CachiBot's class manages it.
   * @typedef {{ isConnected: boolean, isIntentionalClose: boolean, canReconnect(): boolean,
   *   refused?: string | null, renewed?: string | null }} Connection
   */

  /** @type {WeakSet<Connection>} */
  const expected = new WeakSet();

  /**
   * Whether a token has run out.
   * @param {string} token
   */
  function isExpired(token) {
    try {
      const [, payload = ''] = token.split('.');
      return JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))).exp * 1000 <= Date.now();
    } catch {
      return false;
    }
  }

  /**
   * Whether the token has to be renewed before the next attempt: it has run out, or the last attempt with it failed. A
   * token that was just renewed is tried first.
   * @param {Connection} connection
   * @param {string} token
   */
  function mustRenew(connection, token) {
    const isNew = connection.renewed === token;
    connection.renewed = null;
    return !isNew && (isExpired(token) || connection.refused === token);
  }

  async function isServerReady() {
    try {
      const response = await fetch('/api/health', { signal: AbortSignal.timeout(PROBE_MS) });
      return response.ok;
    } catch {
      return false; // the server is away
    }
  }

  /** Reloads the page, unless reloads do not help. */
  function reload() {
    /** @type {number[]} */
    const times = JSON.parse(sessionStorage.getItem(TIMES) ?? '[]');
    const recent = times.filter(time => time > Date.now() - LOOP_MS);
    if (recent.length >= MOST_RELOADS) return;
    sessionStorage.setItem(TIMES, JSON.stringify([...recent, Date.now()]));
    location.reload();
  }

  /**
   * Reloads the page if a WebSocket that was lost is not back five seconds after the server is ready.
   * @param {Connection} connection
   */
  async function expectConnection(connection) {
    if (expected.has(connection)) return;
    expected.add(connection);
    /** @type {number | undefined} */
    let readySince;
    while (!connection.isConnected && !connection.isIntentionalClose && connection.canReconnect()) {
      readySince = (await isServerReady()) ? (readySince ?? performance.now()) : undefined;
      if (readySince !== undefined && performance.now() - readySince >= READY_MS && !connection.isConnected) {
        reload();
        readySince = undefined;
      }
      await new Promise(resolve => setTimeout(resolve, POLL_MS));
    }
    expected.delete(connection);
  }

  Object.assign(window.cachibotDesktop, { mustRenew, expectConnection, isExpired });
}
