// Keeps drawn Markdown inside its message, and draws an SVG as a picture.

{
  const style = document.createElement('style');
  // Second line of defence: the sanitizer lets no position through. With `layout` and `paint` an element that had one
  // would stay in its message all the same. The margin keeps numbers of lists, which stand left of their text, visible.
  style.textContent = '.markdown { contain: layout paint style; overflow-clip-margin: 1rem; }';
  document.head.append(style);

  Object.assign(window.cachibotDesktop, {
    /**
     * Returns the address of an SVG as a picture. In a picture a browser runs no script, follows no link, loads nothing,
     * and applies styles to the picture alone.
     */
    pictureOf: markup => {
      const svg = new DOMParser().parseFromString(markup, 'text/html').querySelector('svg');
      if (!svg) return undefined;
      return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
    },
  });
}
