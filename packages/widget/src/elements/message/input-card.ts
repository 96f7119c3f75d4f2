/**
 * The card on which a visitor fills in the form that a tool asks for, or opens an address. A chunk that a message loads
 * when a call waits; plain DOM, as the approval card. Knows no server: it waits for the result of its action. Text of the
 * tool is shown as text, and its address is opened by a click alone.
 */
import {type InputReply, type Json, type JsonObject, asString, isObject} from '@chatlet/protocol';
import type {Words} from '../../translations/words.ts';
import {makeElement, makeStyles} from '../make-element.ts';
import {type WaitingCard, endInTime, makeButton, makeTerm, putCardStyles, sendReply} from './card-parts.ts';
import {inputCardStyles} from './input-card.styles.ts';

const putInputStyles = makeStyles(inputCardStyles);

/** Makes the card for `root`. */
export function createInputCard(root: ShadowRoot, call: WaitingCard): HTMLElement {
  putCardStyles(root);
  putInputStyles(root);
  const {part, words} = call;
  const {wait, callId, name} = part;
  const status = makeElement('p', {role: 'status'});
  const send = (reply: InputReply) => sendReply(call, reply, {card, status});
  const heading = makeElement('p', {class: 'ask', id: `asks-${callId}`}, words.inputFor(name));
  const decline = makeButton(words.declineInput, () => void send({action: 'decline'}));
  const card = makeElement(
    'div',
    {class: 'approval', part: 'approval', role: 'group', 'aria-labelledby': heading.id},
    heading,
  );
  if (wait?.ask === 'form') {
    card.append(
      makeMessage(wait.message),
      makeForm(wait.schema, {callId, words, status, decline, send: (content) => send({action: 'accept', content})}),
    );
  } else if (wait?.ask === 'url') {
    card.append(
      makeMessage(wait.message),
      ...makeAddress(wait.url, {words, decline, done: () => void send({action: 'accept'})}),
    );
  }
  card.append(status, makeTerm(call));
  endInTime({card, status}, call);
  return card;
}

function makeMessage(text: string): HTMLElement {
  return makeElement('p', {class: 'message', dir: 'auto'}, text);
}

interface AddressOptions {
  readonly words: Words;
  readonly decline: HTMLElement;
  done(): void;
}

/** The address in full, with its host marked, and a link that opens it in a tab that knows nothing of this page. */
function makeAddress(address: string, {words, decline, done}: AddressOptions): readonly HTMLElement[] {
  // The server and the reader of its events let no other addresses through than https.
  const {host, href} = new URL(address);
  const rest = href.slice(href.indexOf(host) + host.length);
  const shown = makeElement('p', {class: 'address', dir: 'ltr'}, 'https://', makeElement('b', {}, host), rest);
  const open = makeElement(
    'a',
    {class: 'button primary', href, target: '_blank', rel: 'noopener noreferrer', referrerpolicy: 'no-referrer'},
    words.openHost(host),
  );
  const finished = makeButton(words.addressDone, done);
  finished.hidden = true;
  const onOpen = () => {
    finished.hidden = false;
    open.classList.remove('primary');
    finished.classList.add('primary');
  };
  open.addEventListener('click', onOpen);
  open.addEventListener('auxclick', onOpen);
  return [shown, makeElement('div', {class: 'answers'}, open, finished, decline)];
}

interface FormOptions {
  readonly callId: string;
  readonly words: Words;
  readonly status: HTMLElement;
  readonly decline: HTMLElement;
  send(content: JsonObject): Promise<void>;
}

function makeForm(schema: JsonObject, {callId, words, status, decline, send}: FormOptions): HTMLElement {
  const required = new Set<unknown>(Array.isArray(schema['required']) ? schema['required'] : []);
  const properties = isObject(schema['properties']) ? Object.entries(schema['properties']) : [];
  const fields = properties.flatMap(([name, value], index) =>
    isObject(value)
      ? [makeField({name, id: `field-${callId}-${index}`, isRequired: required.has(name), words}, value)]
      : [],
  );
  const form = makeElement(
    'form',
    {novalidate: ''},
    ...fields.map(({element}) => element),
    makeElement('p', {class: 'hint'}, words.neverSecrets),
    makeElement(
      'div',
      {class: 'answers'},
      makeElement('button', {class: 'button primary', type: 'submit'}, words.send),
      decline,
    ),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const wrong = fields.filter(({check}) => !check());
    if (wrong[0]) {
      status.textContent = `${wrong.map(({label}) => label).join(', ')}: ${words.fieldWrong}`;
      wrong[0].focus();
      return;
    }
    const content: Record<string, Json> = {};
    for (const {name, read} of fields) {
      const value = read();
      if (value !== undefined) content[name] = value;
    }
    void send(content);
  });
  return form;
}

interface Field {
  readonly name: string;
  readonly label: string;
  readonly element: HTMLElement;
  /** Undefined if nothing was entered. */
  read(): Json | undefined;
  /** Whether what was entered fits; shows it at the field if not. */
  check(): boolean;
  focus(): void;
}

interface FieldOptions {
  readonly name: string;
  readonly id: string;
  readonly isRequired: boolean;
  readonly words: Words;
}

type Schema = Readonly<Record<string, unknown>>;

function makeField(options: FieldOptions, schema: Schema): Field {
  const {name, id, isRequired, words} = options;
  const label = asString(schema['title']) ?? name;
  const {control, element: entry, read, isFilled} = makeControl(schema, id);
  const caption = makeElement('span', {dir: 'auto'}, label);
  const isBox = schema['type'] === 'boolean';
  const isGroup = control !== entry;
  const description = asString(schema['description']);
  const hint = makeElement('span', {class: 'hint', id: `${id}-hint`, dir: 'auto'}, description ?? '');
  const problem = makeElement('span', {class: 'warning', id: `${id}-problem`});
  control.setAttribute('aria-describedby', `${hint.id} ${problem.id}`);
  if (isRequired && !isGroup && !isBox) control.setAttribute('required', '');
  // A box is always answered, and must not be said to be optional.
  const optional = isRequired || isBox ? [] : [makeElement('span', {class: 'hint'}, ` (${words.optional})`)];
  const element = isGroup
    ? makeElement('fieldset', {}, makeElement('legend', {}, caption, ...optional), entry, hint, problem)
    : makeElement(
        'label',
        {class: isBox ? 'box' : ''},
        ...(isBox ? [entry, caption] : [caption, ...optional, entry]),
        hint,
        problem,
      );
  return {
    name,
    label,
    element,
    read,
    check() {
      const fits = isFilled(isRequired);
      problem.textContent = fits ? '' : words.fieldWrong;
      control.setAttribute('aria-invalid', String(!fits));
      return fits;
    },
    focus() {
      control.focus();
      // A thread that follows its end does so in the next frame, because the words at the field have made it longer.
      requestAnimationFrame(() => requestAnimationFrame(() => control.scrollIntoView({block: 'center'})));
    },
  };
}

interface Control {
  /** What has the focus. */
  readonly control: HTMLElement;
  /** What stands in the field: the control, or a group of several. */
  readonly element: HTMLElement;
  read(): Json | undefined;
  /** Whether it fits. */
  isFilled(isRequired: boolean): boolean;
}

function makeControl(schema: Schema, id: string): Control {
  const {type, items} = schema;
  if (type === 'boolean') return makeBox(schema);
  if (type === 'array') return makeBoxes(optionsOf(isObject(items) ? items : {}), schema, id);
  const options = optionsOf(schema);
  return options.length > 0 ? makeChoice(options, schema) : makeInput(schema);
}

interface Option {
  readonly value: string;
  readonly text: string;
}

function optionsOf(schema: Schema): readonly Option[] {
  const {enum: values, enumNames: names, oneOf, anyOf} = schema;
  if (Array.isArray(values)) {
    return values.map((value, index) => ({
      value: String(value),
      text: String((Array.isArray(names) && names[index]) || value),
    }));
  }
  const titled: readonly unknown[] = Array.isArray(oneOf) ? oneOf : Array.isArray(anyOf) ? anyOf : [];
  return titled.flatMap((each) => {
    const value = isObject(each) ? asString(each['const']) : undefined;
    return value === undefined || !isObject(each) ? [] : [{value, text: asString(each['title']) ?? value}];
  });
}

function makeBox({default: preset}: Schema): Control {
  const control = makeElement('input', {type: 'checkbox'});
  control.checked = preset === true;
  return {control, element: control, read: () => control.checked, isFilled: () => true};
}

function makeBoxes(options: readonly Option[], {default: preset, minItems, maxItems}: Schema, id: string): Control {
  const chosen: readonly unknown[] = Array.isArray(preset) ? preset : [];
  const boxes = options.map(({value, text}) => {
    const box = makeElement('input', {type: 'checkbox', name: id, value});
    box.checked = chosen.includes(value);
    return {box, label: makeElement('label', {class: 'box'}, box, makeElement('span', {dir: 'auto'}, text))};
  });
  const read = () => boxes.flatMap(({box}) => (box.checked ? [box.value] : []));
  const [first] = boxes;
  const element = makeElement('div', {}, ...boxes.map(({label}) => label));
  return {
    control: first?.box ?? element,
    element,
    read: () => (read().length === 0 ? undefined : read()),
    isFilled(isRequired) {
      const {length} = read();
      if (length === 0) return !isRequired;
      return (
        length >= (typeof minItems === 'number' ? minItems : 0) &&
        length <= (typeof maxItems === 'number' ? maxItems : length)
      );
    },
  };
}

function makeChoice(options: readonly Option[], {default: preset}: Schema): Control {
  const control = makeElement(
    'select',
    {},
    makeElement('option', {value: ''}),
    ...options.map(({value, text}) => makeElement('option', {value}, text)),
  );
  control.value = asString(preset) ?? '';
  return {control, element: control, read: () => control.value || undefined, isFilled: () => control.checkValidity()};
}

const inputTypes: Readonly<Record<string, string>> = {
  email: 'email',
  uri: 'url',
  date: 'date',
  'date-time': 'datetime-local',
  number: 'number',
  integer: 'number',
};

/** Attributes of the input, by the keywords of the schema. */
const limits = {minLength: 'minlength', maxLength: 'maxlength', minimum: 'min', maximum: 'max'} as const;

function makeInput(schema: Schema): Control {
  const {type, format, default: preset} = schema;
  const kind = inputTypes[String(type === 'string' ? format : type)] ?? 'text';
  const control = makeElement('input', {type: kind, autocomplete: 'off', dir: 'auto'});
  for (const [keyword, attribute] of Object.entries(limits)) {
    const limit = schema[keyword];
    if (typeof limit === 'number') control.setAttribute(attribute, String(limit));
  }
  if (kind === 'number') control.step = type === 'integer' ? '1' : 'any';
  // A time of the browser's own input has no zone, and is the visitor's.
  if (typeof preset === 'number' || (typeof preset === 'string' && kind !== 'datetime-local'))
    control.value = String(preset);
  const read = () => {
    if (control.value === '') return undefined;
    if (kind === 'number') return control.valueAsNumber;
    return kind === 'datetime-local' ? new Date(control.value).toISOString() : control.value;
  };
  // `minlength` counts for the browser only when a person has typed, which a preset is not.
  const isFilled = () => control.checkValidity() && !(control.value !== '' && control.value.length < control.minLength);
  return {control, element: control, read, isFilled};
}
