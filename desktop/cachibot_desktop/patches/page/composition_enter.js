// Keys that an input method needs do not reach the page.
//
// Flaw: the page's own handlers take each Enter for "send", "add" or "save". While Japanese, Chinese or Korean is
// composed, Enter confirms a word, the arrows choose it and Escape discards it: half a message was sent.
// cachibot 0.3.0, in each of its text boxes.
//
// Cure: such a key ends here, before React hears of it. The input method has had it already.

addEventListener(
  'keydown',
  event => {
    // 229: the key belongs to an input method, also where `isComposing` is false, as for the first and last key.
    if (event.isComposing || event.keyCode === 229) event.stopImmediatePropagation();
  },
  { capture: true },
);
