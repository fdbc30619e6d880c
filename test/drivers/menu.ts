/** The app's native menu. */

import type { ElectronApplication } from 'playwright-core';

/** Chooses an item of the menu, by its ID. */
export function chooseFromMenu(app: ElectronApplication, id: string): Promise<void> {
  return app.evaluate(({ Menu }, item) => Menu.getApplicationMenu()?.getMenuItemById(item)?.click(), id);
}
