/**
 * Returns a function that loads a module when it is first called. A module imported at the top of a file would delay the
 * start of the server instead. Each caller names its module twice: `lazyRequire<typeof import('./a')>(() => require('./a'))`.
 */
export function lazyRequire<Module>(load: () => Module): () => Module {
  let loaded: Module | undefined;
  return () => (loaded ??= load());
}
