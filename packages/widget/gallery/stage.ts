/**
 * Shows one state of the elements, which its address names: see looks.ts. A page of its own, in a frame of the gallery, so
 * that widths, languages and the top layer are as on a visitor's page. A scripted transport answers in place of a server.
 */
import type {Address} from './looks.ts';
import {readAddress} from './looks.ts';
import {reduceMotion} from './reduced-motion.ts';
import {scriptedTransport} from './scripted-transport.ts';
import {states} from './states.ts';

const {documentElement: root} = document;

async function show({state: name, looks}: Address): Promise<void> {
  const state = states[name];
  if (!state) throw new Error(`The gallery has no state ${name}.`);
  root.lang = looks.lang;
  root.dir = looks.dir;
  root.dataset['theme'] = looks.theme;
  if (looks.motion === 'reduced') reduceMotion();
  await import('../src/index.ts');
  const element = document.createElement(state.launcher ? 'chatlet-launcher' : 'chatlet-chat');
  element.transport = scriptedTransport(state);
  element.heading = state.heading ?? 'Ask Acme';
  element.subheading = 'Answers from the docs';
  // Nothing of the gallery stays on the device, and nothing of the chat on `/` is seen here.
  element.storage = 'none';
  if (state.temporary) element.temporary = true;
  if (state.math) element.math = true;
  if (state.search) element.search = true;
  if (looks.theme === 'light' || looks.theme === 'dark') element.theme = looks.theme;
  if (looks.accent) element.style.setProperty('--chatlet-accent', looks.accent);
  element.style.setProperty('--chatlet-density', looks.density);
  if (state.messages && 'messages' in element) Object.assign(element, {messages: state.messages});
  document.body.append(element);
  if ('updateComplete' in element) await element.updateComplete;
  await state.play?.(element);
  root.dataset['played'] = name;
}

addEventListener('hashchange', () => location.reload());
void show(readAddress(location.hash));
