/**
 * The entry of the script tag: defines the elements, and makes the server that the script came from their backend. Adds
 * nothing to the page, unless the tag has `data-launcher`: then a launcher, with the tag's other data attributes as its own.
 *
 * @example <script type="module" src="https://chat.example/chatlet.js" data-launcher data-heading="Ask us"></script>
 */
import {setDefaultEndpoint} from './client/default-endpoint.ts';
import './define.ts';

const address = new URL(import.meta.url);
if (address.protocol === 'http:' || address.protocol === 'https:') setDefaultEndpoint(address.origin);

const script = [...document.scripts].find(
  ({src, dataset}) => src === address.href && dataset['launcher'] !== undefined,
);
if (script && !document.querySelector('chatlet-launcher')) {
  const launcher = document.createElement('chatlet-launcher');
  for (const {name, value} of script.attributes) {
    if (name.startsWith('data-') && name !== 'data-launcher') launcher.setAttribute(name.slice('data-'.length), value);
  }
  document.body.append(launcher);
}

export * from './index.ts';
