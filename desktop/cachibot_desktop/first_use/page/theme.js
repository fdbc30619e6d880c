// @ts-check
// Gives each of the app's own pages the theme that CachiBot has stored, before the first paint.
(() => {
  const stored = JSON.parse(localStorage.getItem('cachibot-ui') ?? 'null')?.state?.theme ?? 'system';
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    document.documentElement.classList.toggle('dark', stored === 'dark' || (stored === 'system' && dark.matches));
  };
  apply();
  dark.addEventListener('change', apply);
})();
