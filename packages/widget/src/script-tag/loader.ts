/**
 * The script tag, `chatlet.js`: shows the launcher's button, and fetches the chat's code when somebody is about to need it
 * or if the page holds a `<chatlet-chat>`. Valid with `type="module"` and without, so it exports nothing: `chatlet.mjs` does.
 *
 * Adds nothing to the page, unless the tag has `data-launcher`: then a launcher, with the tag's other data attributes as
 * its own.
 *
 * @example <script src="https://chat.example/chatlet.js" data-launcher data-heading="Ask us"></script>
 */
import {LauncherButton} from '../elements/launcher/launcher-button.ts';
import type {PanelModule} from '../elements/launcher/launcher-button.ts';

/** Addresses relative to the script; the build writes them in. */
declare const chatCode: string;
declare const wholeCode: string;

const launcherTag = 'chatlet-launcher';
let loading: Promise<PanelModule> | undefined;
let launcher: HTMLElement | undefined;

/** A classic script of another origin has no address that an import could be relative to. */
const importBeside = (path: string): Promise<PanelModule> =>
  import(tag instanceof HTMLScriptElement ? new URL(path, tag.src).href : path);

/** If the server has a newer version by now, the chat's file of this one may be gone. The other's name never changes. */
function load(): Promise<PanelModule> {
  return (loading ??= importBeside(chatCode)
    .catch(() => importBeside(wholeCode))
    .catch((error: unknown) => {
      loading = undefined;
      throw error;
    }));
}

/** The tag that has brought this script. The browser does not name it for a module, but the stack tells its address. */
function findTag(): Element | undefined {
  const stack = new Error().stack ?? '';
  return [...document.scripts].find(({src}) => src && stack.includes(`${src}:`));
}

/** Does what the page wants since it has changed. */
function look(): void {
  if (!loading && document.querySelector('chatlet-chat:not(chatlet-launcher > *)')) {
    load().catch((error: unknown) => console.error('Chatlet: the code of the chat cannot be fetched.', error));
  }
  // Beside the body and not in it: Turbo, htmx and view transitions put in another body, and in the head there is none yet.
  if (launcher && !launcher.isConnected) document.documentElement.append(launcher);
}

// To make a stack takes longer than to show the button.
const tag = document.currentScript ?? findTag();
if (!customElements.get(launcherTag)) {
  LauncherButton.loadPanel = load;
  customElements.define(launcherTag, LauncherButton);
}
if (tag?.hasAttribute('data-launcher') && !document.querySelector(launcherTag)) {
  launcher = document.createElement(launcherTag);
  for (const {name, value} of tag.attributes) {
    if (/^data-(?!launcher$)/.test(name)) launcher.setAttribute(name.slice(5), value);
  }
}
new MutationObserver(look).observe(document, {childList: true, subtree: true});
look();
