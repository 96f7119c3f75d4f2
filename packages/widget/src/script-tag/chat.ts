/** The chat's code for the script tag: defines the elements, and makes the folder of the script their backend. */
import {setDefaultEndpoint} from '../client/default-endpoint.ts';
import {defineChat} from '../define-chat.ts';

// This file is in the folder `chatlet` beside the script. With `import.meta.url` in the call, Vite would take it for an asset.
const address = import.meta.url;
const {protocol, href} = new URL('..', address);
if (protocol === 'http:' || protocol === 'https:') setDefaultEndpoint(href.replace(/\/$/, ''));
defineChat();

/** Only a chat that has content may have swallowed some. */
function repair(): void {
  if (!document.querySelector('chatlet-chat > *, chatlet-launcher > *')) return;
  import('./self-closed.ts').then(
    ({moveSwallowed}) => moveSwallowed(),
    // The chunk could not be fetched: the page stays as it was written.
    () => {},
  );
}

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', repair);
else repair();

export {createPanel} from '../elements/launcher/panel.ts';
