// @ts-check
// Keeps a long text in a row of the settings apart from its label or button, such as why an update failed.

{
  const style = document.createElement('style');
  style.textContent = `
    .settings-info-row, .settings-card-row { gap: 1rem; }
    .settings-info-row > .settings-info-row__label, .settings-card-row > button { flex: none; }
    .settings-info-row > .text-red-400 { overflow-wrap: anywhere; }
  `;
  document.head.append(style);
}
