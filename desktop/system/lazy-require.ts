/**
 * Returns a function that loads a module at its first call. An import at the top of the file would delay the server. Each
 * caller names its module twice: `lazyRequire<typeof import('./a')>(() => require('./a'))`.
 *
 * Throws the same error at each call if the module could not be loaded: in the files in which the build joins the modules,
 * a second attempt would return what the module had exported before it failed.
 */
export function lazyRequire<Module>(load: () => Module): () => Module {
  let result: { loaded: Module } | { error: unknown } | undefined;
  return () => {
    result ??= attempt(load);
    if ('error' in result) throw result.error;
    return result.loaded;
  };
}

function attempt<Module>(load: () => Module): { loaded: Module } | { error: unknown } {
  try {
    return { loaded: load() };
  } catch (error) {
    return { error };
  }
}
