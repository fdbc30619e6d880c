import type { ElectronApplication } from 'playwright-core';

/** Addresses of what the visible windows show: the splash, while it covers the page, or else the page. */
export function visibleWindows(app: ElectronApplication): Promise<string[]> {
  return app.evaluate(({ BrowserWindow, WebContentsView }) =>
    BrowserWindow.getAllWindows()
      .filter(window => window.isVisible())
      .map(window => {
        const { width, height } = window.getContentBounds();
        const views = window.contentView.children.filter(view => view instanceof WebContentsView);
        const splash = views.find(view => {
          const url = view.webContents.getURL();
          const bounds = view.getBounds();
          // The splash leaves a row of the window uncovered. A bar, such as the one to find text, covers less.
          const covers = bounds.width >= width && bounds.height >= height - 5;
          // A view without an address is about to load its page.
          return url.includes('/splash.html') || (url === '' && covers);
        });
        return (splash ?? window).webContents.getURL();
      }),
  );
}
