/** Keys as the system sends them to a page. Playwright's keys do not reach the shell. */

import type { ElectronApplication } from 'playwright-core';

type Modifier = 'control' | 'shift' | 'alt';

/** Presses a key, such as `control+shift+r`, in the page whose address starts with `address`. Electron's names of keys. */
export async function press(app: ElectronApplication, address: string, keys: string): Promise<void> {
  const parts = keys.split('+');
  const keyCode = parts.pop() ?? '';
  await app.evaluate(
    ({ webContents }, { address, keyCode, modifiers }) => {
      const page = webContents.getAllWebContents().find(one => one.getURL().startsWith(address));
      if (page === undefined) throw new Error(`There is no page at ${address}.`);
      page.sendInputEvent({ type: 'keyDown', keyCode, modifiers });
      page.sendInputEvent({ type: 'keyUp', keyCode, modifiers });
    },
    { address, keyCode, modifiers: parts as Modifier[] },
  );
}
