/**
 * Returns a function that loads a module at its first call. An import at the top of the file would delay the server. Each
 * caller names its module twice: `lazyRequire<typeof import('./a')>(() => require('./a'))`.
 */
export function lazyRequire<Module>(load: () => Module): () => Module {
  let loaded: Module | undefined;
  return () => (loaded ??= load());
}
