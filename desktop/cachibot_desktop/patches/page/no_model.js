// Says above the text box that no model is set up, and offers the choice, for as long as there is none.
//
// The page patches of no_model.py put a <cachibot-no-model> there. `state` is "unknown" while the page asks the server.

{
  const { words, goTo } = window.cachibotDesktop;

  class NoModel extends HTMLElement {
    static observedAttributes = ['state'];

    connectedCallback() {
      if (this.childElementCount > 0) return;
      this.setAttribute('role', 'status');
      const text = document.createElement('span');
      const title = document.createElement('strong');
      title.textContent = words.noModel;
      text.append(title, ` ${words.noModelAdvice}`);
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'cachibot-no-model__action';
      button.textContent = words.actions['default-model'];
      button.addEventListener('click', () => goTo('/settings/models'));
      this.append(text, button);
    }

    attributeChangedCallback(_name, _old, state) {
      if (state !== 'unknown') this.toggleAttribute('data-missing', state === 'missing');
    }
  }

  customElements.define('cachibot-no-model', NoModel);
}
