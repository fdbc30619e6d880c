// Draws a picture of another computer in Markdown as a placeholder with its host. A click has the server half fetch it,
// and shows it as data. Nothing is sent before: its address may carry what a text wants to tell its author.

{
  const { words } = window.cachibotDesktop;
  /** Characters of the pictures that are kept, so that a message that is drawn again shows them. */
  const MOST_KEPT = 60_000_000;
  /** The `data:` address of each picture that the user has asked for, by its address. */
  const shown = new Map();

  /** Names that only a local network has. Others may turn out to be private, too: the server half looks them up. */
  const LOCAL_NAME = /(^|\.)(local|localdomain|localhost|lan|home|home\.arpa|internal|intranet|corp|private)\.?$/;
  const PRIVATE_IPV4 =
    /^(0|10|127|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.[\d.]+$/;
  const INTERNET_IPV6 = /^\[(2|3|64:ff9b::)/;

  const isPrivate = name =>
    name.startsWith('[')
      ? !INTERNET_IPV6.test(name)
      : !name.includes('.') || LOCAL_NAME.test(name) || PRIVATE_IPV4.test(name);

  /** Keeps a text, and removes the oldest others that are too much with it. */
  function keep(texts, name, text) {
    texts.delete(name); // it becomes the newest
    texts.set(name, text);
    let length = [...texts.values()].reduce((sum, kept) => sum + kept.length, 0);
    for (const [oldest, kept] of texts) {
      if (length <= MOST_KEPT || oldest === name) return;
      texts.delete(oldest);
      length -= kept.length;
    }
  }

  /** Reads the address of a picture of another computer. Undefined for any other address. */
  function remoteUrl(address) {
    if (typeof address !== 'string' || !URL.canParse(address, location.href)) return undefined;
    const url = new URL(address, location.href);
    return /^https?:$/.test(url.protocol) && url.origin !== location.origin ? url : undefined;
  }

  /** Has the server half fetch a picture. Returns it as a `data:` address. Throws the reason, in words for the user. */
  async function fetchPicture(address) {
    const known = shown.get(address);
    if (known !== undefined) return known;
    const response = await fetch('/api/desktop/picture', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ address }),
    }).catch(() => undefined);
    const answer = await response?.json().catch(() => undefined);
    if (!response?.ok || !answer) throw new Error(answer?.detail ?? words.pictureFailed);
    const data = `data:${answer.type};base64,${answer.content}`;
    keep(shown, address, data);
    return data;
  }

  function element(tag, name, text = '') {
    const made = document.createElement(tag);
    made.className = name;
    made.textContent = text;
    return made;
  }

  /** A placeholder, or the picture in its place. */
  class RemotePicture extends HTMLElement {
    static observedAttributes = ['address', 'alt', 'width', 'height'];

    connectedCallback() {
      this.render();
    }

    attributeChangedCallback() {
      if (this.isConnected) this.render();
    }

    render() {
      const url = remoteUrl(this.getAttribute('address'));
      const known = url && shown.get(url.href);
      if (url) this.title = url.href;
      if (known) this.show(known);
      else if (url) this.replaceChildren(...this.placeholder(url));
    }

    placeholder(url) {
      const isHere = isPrivate(url.hostname);
      const about = element(
        'span',
        'cachibot-picture__host',
        (isHere ? words.privatePicture : words.pictureFrom).replace('{host}', url.host),
      );
      const text = element('span', 'cachibot-picture__text', this.getAttribute('alt') ?? '');
      if (isHere) return [about, text];
      const note = element('span', 'cachibot-picture__note');
      note.setAttribute('role', 'status');
      const button = element('button', 'cachibot-picture__button', words.showPicture);
      button.type = 'button';
      button.addEventListener('click', event => {
        event.preventDefault(); // of a link around it
        event.stopPropagation();
        if (event.isTrusted) void this.load(url, button, note);
      });
      return [about, text, button, note];
    }

    async load(url, button, note) {
      button.disabled = true;
      note.textContent = words.loadingPicture;
      try {
        const data = await fetchPicture(url.href);
        if (remoteUrl(this.getAttribute('address'))?.href === url.href) this.show(data);
      } catch (error) {
        note.textContent = error.message;
      } finally {
        button.disabled = false;
      }
    }

    show(data) {
      const picture = document.createElement('img');
      picture.src = data;
      // The shell's menu offers to copy this address.
      picture.title = this.title;
      for (const name of ['alt', 'width', 'height']) {
        if (this.hasAttribute(name)) picture.setAttribute(name, this.getAttribute(name));
      }
      this.replaceChildren(picture);
    }
  }

  Object.assign(window.cachibotDesktop, { remoteUrl, fetchPicture, isPrivateHost: isPrivate, keep });

  const style = document.createElement('style');
  style.textContent = `
    cachibot-picture { display: inline-flex; flex-wrap: wrap; align-items: center; gap: .25rem .5rem; max-width: 100%; }
    cachibot-picture:not(:has(> img)) { margin: .15rem 0; padding: .35rem .6rem; border-radius: .5rem; font-size: .8125rem;
      border: 1px dashed var(--color-border-secondary); color: var(--color-text-secondary); overflow-wrap: anywhere; }
    .cachibot-picture__text:empty, .cachibot-picture__note:empty { display: none; }
    .cachibot-picture__text { font-style: italic; }
    .cachibot-picture__button { padding: .15rem .6rem; border-radius: .4rem; cursor: pointer; color: inherit;
      border: 1px solid var(--color-border-secondary); background: var(--color-hover-bg); }
    .cachibot-picture__button:focus-visible { outline: 2px solid currentColor; }
  `;
  document.head.append(style);
  customElements.define('cachibot-picture', RemotePicture);
}
