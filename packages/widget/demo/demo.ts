/**
 * Shows every state of the chat under an address of its own: `#state`, with any of `?theme=dark`, `?dir=rtl`, `?lang=de`,
 * `?wide`, `?full` and `?bare` (no links). Needs no server: a scripted transport answers.
 */
import {readMessages} from '../src/client/validate.ts';
import '../src/define.ts';
import {scriptedTransport} from './scripted-transport.ts';
import {states} from './states.ts';

const query = new URLSearchParams(location.search);
const {documentElement: root, body} = document;
root.lang = query.get('lang') ?? 'en';
root.dir = query.get('dir') ?? 'ltr';
for (const flag of ['wide', 'full', 'bare']) if (query.has(flag)) body.dataset[flag] = '';
const theme = query.get('theme');
if (theme) body.dataset['theme'] = theme;

const links = document.querySelector('#states');
for (const name of Object.keys(states)) {
  const link = document.createElement('a');
  link.href = `${location.search}#${name}`;
  link.textContent = name;
  links?.append(link);
}

async function show(): Promise<void> {
  localStorage.clear();
  sessionStorage.clear();
  const name = location.hash.slice(1);
  const state = states[name] ?? states['greeting'];
  if (!state) return;
  const element = document.createElement(state.launcher ? 'chatlet-launcher' : 'chatlet-chat');
  element.transport = scriptedTransport(state);
  element.heading = state.heading ?? 'Ask Acme';
  element.subheading = 'Answers from the docs';
  if (theme === 'light' || theme === 'dark') element.theme = theme;
  document.querySelector('#stage')?.replaceChildren(element);
  await element.updateComplete;
  if ('messages' in element && state.messages) element.messages = readMessages(state.messages);
  await state.play?.(element);
  root.dataset['played'] = name;
}

addEventListener('hashchange', () => void show());
void show();
