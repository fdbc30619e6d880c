// Offers the remote pictures of an HTML artifact in a bar of the page, above the artifact's frame. The artifact cannot ask
// for them itself: its scripts could send the user's data in an address. A click puts the pictures into its HTML.

{
  const { words, remoteUrl, fetchPicture, isPrivateHost, keep } = window.cachibotDesktop;
  const MOST_PICTURES = 30;
  const MOST_HOSTS = 3;
  /** Characters of all pictures that one click loads: together with the HTML they have to fit into the page's memory. */
  const MOST_CHARACTERS = 40_000_000;
  /** Pictures that the server half fetches at the same time. */
  const AT_ONCE = 3;
  /** The HTML with pictures, by the HTML of each artifact whose pictures the user has loaded. */
  const loaded = new Map();
  const withPictures = html => loaded.get(html) ?? html;

  /** The parsed HTML, in which no script runs and nothing is loaded, and its pictures by address. */
  function picturesOf(html) {
    const parsed = new DOMParser().parseFromString(html, 'text/html');
    const byAddress = new Map();
    for (const picture of parsed.querySelectorAll('img[src]')) {
      const url = remoteUrl(picture.getAttribute('src'));
      if (!url || isPrivateHost(url.hostname)) continue;
      if (byAddress.has(url.href)) byAddress.get(url.href).push(picture);
      else if (byAddress.size < MOST_PICTURES) byAddress.set(url.href, [picture]);
    }
    return { parsed, byAddress };
  }

  /** Fetches the pictures, keeps the HTML with them, and returns the reasons for those that are missing. */
  async function load(html) {
    const { parsed, byAddress } = picturesOf(withPictures(html));
    const fetched = await fetchPictures([...byAddress.keys()]);
    [...byAddress.values()].forEach((pictures, index) => {
      if (fetched[index].status === 'fulfilled') for (const picture of pictures) picture.src = fetched[index].value;
    });
    const problems = fetched.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.message);
    if (problems.length < fetched.length) {
      const doctype = parsed.doctype ? '<!doctype html>' : ''; // without it, browsers lay out in another way
      keep(loaded, html, doctype + parsed.documentElement.outerHTML);
    }
    return problems;
  }

  /** Fetches pictures until they are too large together. Returns each as its `data:` address, or the reason. */
  async function fetchPictures(addresses) {
    const fetched = [];
    let length = 0;
    while (fetched.length < addresses.length) {
      const next = addresses.slice(fetched.length, fetched.length + AT_ONCE);
      const fits = length < MOST_CHARACTERS;
      fetched.push(...(await Promise.allSettled(next.map(fits ? fetchPicture : refuse))));
      length = fetched.reduce((sum, { value = '' }) => sum + value.length, 0);
    }
    return fetched;
  }

  async function refuse() {
    throw new Error(words.picturesTooLarge);
  }

  function hostsOf(addresses) {
    const hosts = [...new Set(addresses.map(address => new URL(address).host))];
    const rest = hosts.length - MOST_HOSTS;
    return hosts.slice(0, MOST_HOSTS).join(', ') + (rest > 0 ? words.moreHosts.replace('{count}', rest) : '');
  }

  Object.assign(window.cachibotDesktop, {
    fetchPictures,
    /** The HTML, with its pictures if the user has loaded them. */
    withPictures,
    /** A bar with a button that loads the missing pictures of the HTML, then calls `show`. Undefined if none is missing. */
    pictureBar: (html, show) => {
      const addresses = [...picturesOf(withPictures(html)).byAddress.keys()];
      if (addresses.length === 0) return undefined;
      const bar = document.createElement('div');
      bar.className = 'cachibot-pictures';
      bar.title = addresses.join('\n');
      const text = document.createElement('span');
      text.setAttribute('role', 'status');
      text.textContent = words.picturesFrom.replace('{hosts}', hostsOf(addresses));
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'cachibot-picture__button';
      button.textContent = words.showPictures;
      button.addEventListener('click', async event => {
        if (!event.isTrusted) return;
        button.disabled = true;
        text.textContent = words.loadingPicture;
        const problems = await load(html);
        button.disabled = false;
        if (problems.length < addresses.length) show();
        else text.textContent = problems[0];
      });
      bar.append(text, button);
      return bar;
    },
  });

  const style = document.createElement('style');
  style.textContent = `
    .cachibot-pictures { display: flex; align-items: center; gap: .75rem; padding: .35rem .75rem; font-size: .8125rem;
      border-bottom: 1px solid var(--color-border-secondary); color: var(--color-text-secondary); overflow-wrap: anywhere; }
  `;
  document.head.append(style);
}
