/** Prints what the custom-elements manifest says of the two elements as Markdown. */
import {readFileSync} from 'node:fs';
import {table} from './table.ts';

/** What is read of https://github.com/webcomponents/custom-elements-manifest. */
interface Manifest {
  readonly modules: readonly {readonly declarations?: readonly Declaration[]}[];
}

interface Declaration {
  readonly tagName?: string;
  readonly description?: string;
  readonly attributes?: readonly (Described & {readonly fieldName?: string})[];
  readonly members?: readonly Member[];
  readonly events?: readonly Described[];
  readonly slots?: readonly Described[];
  readonly cssParts?: readonly Described[];
  readonly cssProperties?: readonly Described[];
}

interface Described {
  readonly name: string;
  readonly description?: string;
  readonly type?: {readonly text: string};
  readonly default?: string;
  readonly syntax?: string;
}

interface Member extends Described {
  readonly kind: 'field' | 'method';
  readonly attribute?: string;
  readonly static?: boolean;
  readonly privacy?: 'public' | 'protected' | 'private';
  readonly parameters?: readonly {
    readonly name: string;
    readonly optional?: boolean;
    readonly type?: {readonly text: string};
  }[];
  readonly return?: {readonly type?: {readonly text: string}};
}

const file = new URL('../../widget/custom-elements.json', import.meta.url);

export function printComponents(): string {
  const manifest: Manifest = JSON.parse(readFileSync(file, 'utf8'));
  const elements = manifest.modules.flatMap(({declarations = []}) => declarations);
  return ['chatlet-chat', 'chatlet-launcher']
    .map((tag) => {
      const element = elements.find(({tagName}) => tagName === tag);
      if (!element) throw new Error(`The manifest has no <${tag}>.`);
      return printElement(tag, element);
    })
    .join('\n\n');
}

function printElement(tag: string, element: Declaration): string {
  const {
    description = '',
    attributes = [],
    members = [],
    events = [],
    slots = [],
    cssParts = [],
    cssProperties = [],
  } = element;
  const open = members.filter(
    (member) => member.static !== true && (member.privacy ?? 'public') === 'public' && !member.name.startsWith('_'),
  );
  const fields = open.filter(
    ({kind, attribute, description: words}) => kind === 'field' && attribute === undefined && words !== undefined,
  );
  const methods = open.filter(({kind, description: words}) => kind === 'method' && words !== undefined);
  const section = (title: string, head: readonly string[], rows: readonly (readonly string[])[]) =>
    rows.length === 0 ? [] : [`### ${title} of ${tag}`, table(head, rows)];
  return [
    `## ${tag}`,
    description,
    ...section(
      'Attributes',
      ['attribute', 'type', 'default', 'means'],
      attributes.map((each) => [code(each.name), code(each.type?.text), code(each.default), each.description ?? '']),
    ),
    ...section(
      'Properties',
      ['property', 'type', 'means'],
      fields.map((each) => [code(each.name), code(each.type?.text), each.description ?? '']),
    ),
    ...section(
      'Methods',
      ['method', 'gives', 'does'],
      methods.map((each) => [code(signatureOf(each)), code(each.return?.type?.text), each.description ?? '']),
    ),
    ...section(
      'Events',
      ['event', 'type', 'when'],
      events.map((each) => [code(each.name), code(each.type?.text), each.description ?? '']),
    ),
    ...section(
      'Slots',
      ['slot', 'holds'],
      slots.map((each) => [each.name === '' ? 'the default one' : code(each.name), each.description ?? '']),
    ),
    ...section(
      'Parts',
      ['part', 'is'],
      cssParts.map((each) => [code(each.name), each.description ?? '']),
    ),
    ...section(
      'CSS properties',
      ['property', 'syntax', 'default', 'sets'],
      cssProperties.map((each) => [code(each.name), code(each.syntax), code(each.default), each.description ?? '']),
    ),
  ].join('\n\n');
}

function signatureOf({name, parameters = []}: Member): string {
  return `${name}(${parameters.map((each) => `${each.name}${each.optional === true ? '?' : ''}: ${each.type?.text ?? 'unknown'}`).join(', ')})`;
}

const code = (text = '') => (text === '' ? '' : `\`${text}\``);
