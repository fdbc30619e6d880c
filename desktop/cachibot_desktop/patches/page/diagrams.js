// Draws a Mermaid diagram apart from the page: a hidden frame for content makes the SVG, which the page shows as a picture.

{
  /** A diagram that takes longer is an endless loop. */
  const TIMEOUT_MS = 20_000;
  let library;

  const loadLibrary = async () => {
    const response = await fetch('/desktop/mermaid.js');
    if (!response.ok) throw new Error(window.cachibotDesktop.words.noMermaid);
    return response.text();
  };

  /** A value as an expression of a script inside HTML. */
  const literal = value => JSON.stringify(value).replaceAll('<', '\\u003c');

  /** A page that draws one diagram, and sends the SVG or the problem to the page around it. */
  const pageFor = (source, text, theme) => `<body><script>
    const library = document.createElement('script'); // not eval, in which the library's variables would stay
    library.textContent = ${literal(source)};
    document.head.append(library);
    const draw = async () => {
      mermaid.initialize({ startOnLoad: false, securityLevel: 'strict', theme: ${literal(theme)} });
      return mermaid.render('diagram', ${literal(text)});
    };
    draw().then(
      ({ svg }) => parent.postMessage({ svg }, location.origin),
      error => parent.postMessage({ problem: String(error?.message ?? error) }, location.origin),
    );
  </script></body>`;

  /** Waits for the first answer of a frame. */
  const answerOf = frame =>
    new Promise((resolve, reject) => {
      const timeout = new AbortController();
      const stop = setTimeout(() => {
        timeout.abort();
        reject(new Error(window.cachibotDesktop.words.slowDiagram));
      }, TIMEOUT_MS);
      const take = ({ data, source }) => {
        if (source !== frame.contentWindow || (data?.svg ?? data?.problem) === undefined) return;
        clearTimeout(stop);
        timeout.abort();
        if (data.problem === undefined) resolve(String(data.svg));
        else reject(new Error(String(data.problem)));
      };
      addEventListener('message', take, { signal: timeout.signal });
    });

  /** The width of a diagram in pixels, which Mermaid writes only into its view box. */
  const widthOf = svg => Number(/viewBox="[\d.-]+ [\d.-]+ ([\d.]+)/.exec(svg)?.[1] ?? 0);

  Object.assign(window.cachibotDesktop, {
    /** Returns a diagram as a picture. Throws Mermaid's message if the text is not a diagram. */
    drawDiagram: async text => {
      library ??= loadLibrary().catch(error => {
        library = undefined;
        throw error;
      });
      const theme = document.documentElement.classList.contains('dark') ? 'dark' : 'default';
      const host = document.createElement('div');
      // Not `display: none`: Mermaid measures texts.
      host.style.cssText =
        'position: fixed; left: -3000px; width: 1200px; height: 800px; visibility: hidden; display: flex';
      host.inert = true;
      const page = pageFor(await library, text, theme);
      document.body.append(host);
      try {
        const svg = await answerOf(window.cachibotDesktop.drawContent(host, page));
        const picture = document.createElement('img');
        picture.alt = text;
        picture.src = window.cachibotDesktop.pictureOf(svg);
        picture.style.cssText = `width: ${widthOf(svg)}px; max-width: 100%`;
        return picture;
      } finally {
        host.remove();
      }
    },
  });
}
