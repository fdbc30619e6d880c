/** Surroundings for the scripts of the page (patches/page/): its storage, and its stores. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';

const FOLDER = join(__dirname, '../../desktop/cachibot_desktop/patches/page');

/** Runs scripts of the page, in this order, with these global variables and no others. */
export function runPageScripts(names: readonly string[], globals: object): void {
  const context = createContext(globals);
  for (const name of names) runInContext(readFileSync(join(FOLDER, name), 'utf8'), context);
}

/** Returns the functions of a `Storage` whose items are in a map. */
export function storageOf(items: Map<string, string>) {
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, text: string) => void items.set(key, text),
    removeItem: (key: string) => void items.delete(key),
  };
}

/** A store of the page, which uses the package zustand. */
export interface Store<State> {
  getState(): State;
  setState(change: Partial<State> | ((now: State) => Partial<State>)): void;
  subscribe(listener: (now: State, before: State) => void): void;
}

export function createStore<State extends object>(initial: State): Store<State> {
  const listeners: ((now: State, before: State) => void)[] = [];
  let state = initial;
  return {
    getState: () => state,
    setState(change) {
      const before = state;
      state = { ...state, ...(typeof change === 'function' ? change(state) : change) };
      for (const listener of listeners) listener(state, before);
    },
    subscribe: listener => void listeners.push(listener),
  };
}
