/** A chat with HTML of its own: the store has the state, the page draws it. */
import {textOf} from '@chatlet/protocol';
import {ChatStore, createHttpTransport, createStorage, isAnswering} from '@chatlet/widget';

const endpoint = import.meta.env.VITE_CHATLET_ENDPOINT ?? 'http://localhost:8000';
const store = new ChatStore({transport: createHttpTransport({endpoint}), storage: createStorage(endpoint)});

const list = find('#messages', HTMLOListElement);
const form = find('form', HTMLFormElement);
const stop = find('#stop', HTMLButtonElement);

/** The line of each message that is shown. */
const lines = new Map<string, HTMLLIElement>();

function show(): void {
  const {messages, status} = store.getState();
  for (const message of messages) {
    const line = lines.get(message.key) ?? document.createElement('li');
    lines.set(message.key, line);
    line.className = message.role;
    // As text, never as HTML: a model wrote it.
    line.textContent = message.error ? message.error.message : textOf(message);
    if (!line.isConnected) list.append(line);
  }
  stop.hidden = !isAnswering(status);
}

store.subscribe(show);
form.addEventListener('submit', (event) => {
  event.preventDefault();
  const question = new FormData(form).get('question');
  form.reset();
  if (typeof question === 'string') void store.send(question);
});
stop.addEventListener('click', () => store.stop());
await store.start();

function find<Found extends Element>(selector: string, type: new () => Found): Found {
  const found = document.querySelector(selector);
  if (found instanceof type) return found;
  throw new Error(`The page has no ${selector}.`);
}
