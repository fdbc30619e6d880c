import { type ContextMenuParams, Menu, type MenuItemConstructorOptions, type WebContents } from 'electron';
import { isContentPage, judgeNavigation } from '../security/core/navigation-policy';
import { copyText } from '../system/copy-text';
import { type Action, contextMenuFor, type Item } from './core/context-menu';

export interface ContextMenuOptions {
  /** The origin of CachiBot's page. */
  origin: string;
  /** Opens a link or a search that the user has chosen. */
  openLink(address: string): void;
}

/** Adds the menu of a right click, because the page has none for texts, links, pictures and fields. */
export function addContextMenu(contents: WebContents, { origin, openLink }: ContextMenuOptions): void {
  contents.on('context-menu', (_event, params) => {
    const { linkURL, x, y, menuSourceType } = params;
    const groups = contextMenuFor({
      ...params,
      origin,
      // Links in content that runs scripts, which is in frames or previews, open nothing.
      linkOpens:
        !isInFrame(params) && !isContentPage(params.pageURL, origin) && judgeNavigation(linkURL, origin) === 'browser',
    });
    if (groups.length === 0) return;
    const separator: MenuItemConstructorOptions = { type: 'separator' };
    const items = groups.flatMap((group, index) => [...(index === 0 ? [] : [separator]), ...group.map(toMenuItem)]);
    // A menu that a key opens is not where the mouse is.
    Menu.buildFromTemplate(items).popup(menuSourceType === 'keyboard' ? { x: Math.round(x), y: Math.round(y) } : {});

    function toMenuItem(item: Item): MenuItemConstructorOptions {
      if (item.role !== undefined) return { label: item.label, role: item.role, enabled: item.enabled };
      return { label: item.label, click: () => act(item.action, params) };
    }
  });

  function act(action: Action, { x, y }: ContextMenuParams): void {
    // The window may close while the menu is open. An error here would end the app.
    if (contents.isDestroyed()) return;
    switch (action.kind) {
      case 'open-link':
        return openLink(action.address);
      case 'copy-text':
        return copyText(action.text);
      case 'copy-image':
        return void contents.copyImageAt(x, y);
      case 'save-image':
        return void contents.downloadURL(action.address);
      case 'replace-word':
        return void contents.replaceMisspelling(action.word);
      case 'learn-word':
        return void contents.session.addWordToSpellCheckerDictionary(action.word);
    }
  }
}

function isInFrame({ frameURL, pageURL }: ContextMenuParams): boolean {
  return frameURL !== '' && frameURL !== pageURL;
}
