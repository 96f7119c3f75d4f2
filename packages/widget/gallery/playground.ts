/** The playground: configures the element, shows it live against this server, and prints the code that a page needs for it. */
import {labelled, option} from './form.ts';
import {switches} from './looks.ts';
import type {Field} from './playground-fields.ts';
import {fields} from './playground-fields.ts';
import type {Settings} from './snippet.ts';
import {attributeValue, printers} from './snippet.ts';

const server = new URL('.', location.href).href.replace(/\/$/, '');
const form = document.querySelector<HTMLFormElement>('#settings');
const preview = document.querySelector<HTMLIFrameElement>('#preview');
const printer = document.querySelector<HTMLSelectElement>('#form');
const code = document.querySelector('#code');

const tag = document.createElement('select');
tag.append(option('chatlet-launcher', 'button and panel'), option('chatlet-chat', 'in the page'));
form?.append(labelled('element', tag));
const inputs = fields.map((field) => {
  const input = makeInput(field);
  form?.append(labelled(field.name.replace('--chatlet-', ''), input));
  return {field, input};
});

function makeInput({
  name,
  kind,
  usual = '',
  choices = [],
  hint = '',
}: Field): HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement {
  if (kind === 'choice') {
    const select = document.createElement('select');
    const all = name === 'lang' ? [...choices, ...switches.lang] : choices;
    select.append(...all.map((each) => option(each, each || 'default')));
    return select;
  }
  if (kind === 'lines') return Object.assign(document.createElement('textarea'), {rows: 3, placeholder: hint});
  const input = document.createElement('input');
  input.type = {text: 'text', number: 'number', switch: 'checkbox', colour: 'color'}[kind];
  if (kind !== 'switch') input.value = usual;
  input.placeholder = hint;
  return input;
}

function read(): Settings {
  const attributes: Record<string, Settings['attributes'][string]> = {};
  const looks: Record<string, string> = {};
  const name = tag.value === 'chatlet-chat' ? 'chatlet-chat' : 'chatlet-launcher';
  for (const {field, input} of inputs) {
    const isIdle = field.launcherOnly && name !== 'chatlet-launcher';
    input.disabled = isIdle ?? false;
    const value = input.value.trim();
    if (isIdle) continue;
    if (input instanceof HTMLInputElement && field.kind === 'switch') {
      if (input.checked) attributes[field.name] = true;
    } else if (value === (field.usual ?? '')) continue;
    else if (field.name.startsWith('--')) looks[field.name] = value;
    else if (field.kind === 'lines') attributes[field.name] = value.split('\n').filter((line) => line.trim());
    else attributes[field.name] = field.kind === 'number' ? Number(value) : value;
  }
  return {tag: name, server, attributes, looks};
}

/** Changes the chat that is shown as a page would, by attributes; another element takes its place only for another tag. */
function apply({tag: wanted, attributes, looks}: Settings): void {
  const body = preview?.contentDocument?.body;
  if (!body) return;
  let shown = body.querySelector<HTMLElement>('chatlet-launcher, chatlet-chat');
  if (shown?.localName !== wanted) {
    shown?.remove();
    shown = body.ownerDocument.createElement(wanted);
  }
  for (const {field} of inputs) {
    if (field.name.startsWith('--')) shown.style.setProperty(field.name, looks[field.name] ?? '');
    else if (attributes[field.name] === undefined) shown.removeAttribute(field.name);
    else shown.setAttribute(field.name, attributeValue(attributes[field.name] ?? ''));
  }
  if (!shown.isConnected) body.append(shown);
}

function isPrinter(name: string | undefined): name is keyof typeof printers {
  return name !== undefined && Object.hasOwn(printers, name);
}

function show(): void {
  const settings = read();
  apply(settings);
  const kind = printer?.value;
  if (code && isPrinter(kind)) code.textContent = printers[kind](settings);
}

form?.addEventListener('input', show);
form?.addEventListener('submit', (event) => event.preventDefault());
printer?.addEventListener('change', show);
preview?.addEventListener('load', show);
document.querySelector('#copy')?.addEventListener('click', async ({target}) => {
  await navigator.clipboard.writeText(code?.textContent ?? '');
  if (target instanceof HTMLElement) target.textContent = 'Copied';
});
show();
