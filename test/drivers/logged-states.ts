/** A state of the server, as the app logs it. */
export interface State {
  phase: string;
  proved?: boolean;
  again?: { because: Reason; attempt: number };
  failure?: Reason;
  because?: Reason;
  silence?: { silentMs: number; stopped: boolean };
}

interface Reason {
  kind?: string;
  code?: number;
}

/** Every state of the server in the text of a log, oldest first. */
export function statesIn(log: string): State[] {
  return log
    .split('\n')
    .flatMap(line => / server: (\{.*\})$/.exec(line)?.[1] ?? [])
    .map(text => JSON.parse(text));
}

/** The phase of a state, by the names that scenarios use. */
export function phaseOf(state: State | undefined): string {
  if (state === undefined) return 'unknown';
  if (state.again !== undefined) return 'restarting';
  if (state.phase === 'starting') return state.proved ? 'painted' : 'splash';
  return state.phase;
}
