// @ts-check
// Knows the address at which other programs reach CachiBot, and whether they may. interfaces.py patches the page to show it.

{
  const { words } = window.cachibotDesktop;

  /** The page's address is always the same, and the shell maps it to the server's port. */
  let origin = location.origin;
  /** @type {boolean | undefined} */
  let v1;

  const asked = fetch('/api/desktop/interfaces')
    .then(response => response.json())
    .then(({ port, v1: isOpen }) => {
      if (!port) return;
      origin = `http://127.0.0.1:${port}`;
      v1 = isOpen;
    })
    .catch(() => {}); // the server is away: the page shows its own address

  /** The part of the Developer page that is shown. */
  let part = 'api-keys';
  /** Functions that render what shows the part. @type {Set<() => void>} */
  const renderers = new Set();

  /** @param {string} next */
  function showPart(next) {
    part = next;
    for (const render of renderers) render();
  }

  Object.assign(window.cachibotDesktop, {
    /** A state of React's that the sidebar and the page share. @param {any} react */
    useDeveloperPart: react => {
      const [, render] = react.useReducer((/** @type {number} */ count) => count + 1, 0);
      react.useEffect(() => {
        renderers.add(render);
        return () => renderers.delete(render);
      }, []);
      return [part, showPart];
    },
    /** The address at which other programs reach the server. */
    serverOrigin: () => origin,
    /** Returns a sentence on that address. Renders again when it is known. @param {any} react */
    useInterfaceNote: react => {
      const [, render] = react.useReducer((/** @type {number} */ count) => count + 1, 0);
      react.useEffect(() => void asked.then(render), []);
      if (v1 === undefined) return '';
      return v1 ? words.v1Open : words.v1Closed;
    },
  });
}
