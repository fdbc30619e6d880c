// Draws content that runs scripts in frames and windows of an origin of their own (gateway/content_page.html).
//
// The page in such a frame asks for its content whenever it has loaded, so content that loads its frame again starts
// again. Only frames and windows that are registered here get an answer.

{
  const ADDRESS = '/desktop/content';
  /** The HTML for each frame or window. */
  const contents = new WeakMap();

  addEventListener('message', async ({ data, source }) => {
    if (data !== 'cachibot:content' || !contents.has(source)) return;
    source.postMessage(await contents.get(source), '*'); // its origin has no name
  });

  const openWindow = (address, html) => {
    const opened = window.open(address, '_blank');
    if (opened) contents.set(opened, window.cachibotDesktop.withPictures(html));
  };

  /** Draws HTML in a new frame at the end of `host`. */
  const drawContent = (host, html) => {
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.style.cssText = 'display: block; width: 100%; flex: 1; min-height: 0; border: 0';
    frame.title = host.title;
    frame.src = ADDRESS;
    host.append(frame);
    contents.set(frame.contentWindow, html);
    return frame;
  };

  /** Draws HTML in a new frame, which replaces what `host` contains, below a bar that offers its remote pictures. */
  const showContent = (host, html) => {
    const { pictureBar, withPictures } = window.cachibotDesktop;
    const bar = pictureBar(html, () => showContent(host, html));
    host.style.display = 'flex';
    host.style.flexDirection = 'column';
    host.replaceChildren(...(bar ? [bar] : []));
    drawContent(host, withPictures(html));
  };

  Object.assign(window.cachibotDesktop, {
    drawContent,
    showContent,
    /** Draws the view of a plug-in in its frame, which loads the page for content. */
    showView: (frame, plugin) => {
      const view = fetch(`/api/plugins/${encodeURIComponent(plugin)}/view`);
      contents.set(
        frame.contentWindow,
        view.then(response => (response.ok ? response.text() : '')).catch(() => ''), // which shows nothing
      );
    },
    /** Opens HTML in a window. */
    openContent: html => openWindow(ADDRESS, html),
    /** Opens HTML in a window, which the shell prints. */
    printContent: html => openWindow(`${ADDRESS}?print`, html),
  });
}
