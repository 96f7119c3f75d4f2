/** Opens the chat by the button and by Ctrl+K, and gives it the page's theme. */
interface Launcher extends HTMLElement {
  show(): void;
}

const root = document.documentElement;
const button = document.querySelector<HTMLButtonElement>('.ask');
const launcher = document.querySelector<Launcher>('chatlet-launcher');

if (button && launcher) {
  const followTheme = () => launcher.setAttribute('theme', root.dataset['theme'] ?? 'light');
  followTheme();
  new MutationObserver(followTheme).observe(root, {attributes: true, attributeFilter: ['data-theme']});
  // A copy of the guide on a server without the chat has no button.
  void customElements.whenDefined('chatlet-launcher').then(() => {
    button.hidden = false;
    button.addEventListener('click', () => launcher.show());
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      event.preventDefault();
      launcher.show();
    });
  });
}
