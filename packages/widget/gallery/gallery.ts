/** The gallery: every state of the elements, with switches for theme, width, direction, language, accent, density, motion. */
import type {Switch} from './looks.ts';
import {readAddress, switchNames, switches, writeAddress} from './looks.ts';
import {labelled, option} from './form.ts';
import {states} from './states.ts';

const nav = document.querySelector('#states');
const stage = document.querySelector('iframe');
const selects = new Map<Switch, HTMLSelectElement>();

/** The state and the looks in the address; the first state if it names none. */
function current() {
  const address = readAddress(location.hash);
  return states[address.state] ? address : {...address, state: Object.keys(states)[0] ?? ''};
}

for (const name of switchNames) {
  const select = document.createElement('select');
  select.append(...switches[name].map((choice) => option(choice, choice || 'default')));
  select.addEventListener('change', () => {
    const {state, looks} = current();
    location.hash = writeAddress({state, looks: {...looks, [name]: select.value}});
  });
  selects.set(name, select);
  document.querySelector('#switches')?.append(labelled(name, select));
}

const links = new Map<string, HTMLAnchorElement>();
for (const [group, names] of Map.groupBy(Object.keys(states), (name) => states[name]?.group ?? '')) {
  const title = document.createElement('h2');
  title.textContent = group;
  nav?.append(title);
  for (const name of names) {
    const link = document.createElement('a');
    link.textContent = name;
    links.set(name, link);
    nav?.append(link);
  }
}

function show(): void {
  const {state, looks} = current();
  for (const [name, link] of links) {
    link.href = writeAddress({state: name, looks});
    link.ariaCurrent = name === state ? 'page' : 'false';
  }
  for (const [name, select] of selects) select.value = looks[name];
  if (!stage) return;
  stage.dataset['width'] = looks.width;
  stage.contentWindow?.location.replace(new URL(`gallery/stage.html${writeAddress({state, looks})}`, location.href));
}

addEventListener('hashchange', show);
show();
