// @ts-check
// Hides the page's loading screen, and keeps the buttons of its title bar above everything else.

{
  const style = document.createElement('style');
  // The shell's splash covers the page until it can be used. Drawing the loading screen would slow the start down.
  // The page's own style sheet comes later, so only an important rule counts.
  // In a narrow window the lists slide in from the side, below the bar.
  // Dialogs of the page cover the whole window, with a z-index of 50, and what lies above them one of 70 at most.
  style.textContent = `
    .app-loader { display: none !important; }
    .title-bar { position: relative; z-index: 80; }
    @media (width < 1024px) {
      body:has(.title-bar) :is(.app-shell__rail, .app-shell__sidebar) { top: 2rem; }
    }
  `;
  document.head.append(style);
}
