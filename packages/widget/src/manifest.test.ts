/** custom-elements.json and what is made of it say what the sources say. */
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {globSync, readFileSync} from 'node:fs';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {before, suite, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {Ajv} from 'ajv';
import {fields as asked} from '../gallery/playground-fields.ts';
import {properties as handedOn} from './elements/launcher/properties.ts';
import {chatParts} from './elements/parts.ts';

const own = fileURLToPath(new URL('../', import.meta.url));

interface Named {
  readonly name: string;
  readonly description?: string;
}
interface Declaration extends Named {
  readonly tagName?: string;
  readonly members: readonly (Named & {readonly kind: string})[];
  readonly attributes: readonly Named[];
  readonly cssParts: readonly Named[];
  readonly cssProperties: readonly (Named & {readonly syntax?: string})[];
  readonly events: readonly (Named & {readonly type: {readonly text: string}})[];
  readonly slots: readonly Named[];
}
interface Manifest {
  readonly modules: readonly {readonly declarations: readonly Declaration[]}[];
}

const manifest = JSON.parse(readFileSync(join(own, 'custom-elements.json'), 'utf8')) as Manifest;
const declarations = manifest.modules.flatMap((module) => module.declarations);

function element(tag: string): Declaration {
  const found = declarations.find(({tagName}) => tagName === tag);
  if (!found) throw new Error(`The manifest has no ${tag}.`);
  return found;
}

const chat = element('chatlet-chat');
const launcher = element('chatlet-launcher');
const namesOf = (list: readonly Named[]) => list.map(({name}) => name).toSorted();

const sources = globSync('src/**/*.ts', {cwd: own})
  .filter((path) => !/\.test\.ts$|\/testing\//.test(path))
  .map((path) => ({path: path.replaceAll('\\', '/'), text: readFileSync(join(own, path), 'utf8')}));

/** What a pattern finds in the sources below a folder, once each. */
function findAll(pattern: RegExp, folder = 'src/'): readonly string[] {
  const found = sources.flatMap(({path, text}) => (path.startsWith(folder) ? [...text.matchAll(pattern)] : []));
  return [...new Set(found.map(([, name = '']) => name))].toSorted();
}

suite('the custom-elements manifest', () => {
  let folder = '';
  before(async () => {
    // Below the package, because the plugins write relative to it.
    folder = await mkdtemp(join(own, 'node_modules', 'manifest-'));
    await promisify(execFile)(
      process.execPath,
      [fileURLToPath(import.meta.resolve('@custom-elements-manifest/analyzer/cem.js')), 'analyze', '--quiet'],
      {cwd: own, env: {...process.env, MANIFEST_FOLDER: relative(own, folder)}},
    );
    return () => rm(folder, {recursive: true});
  });

  test('E17: is what `pnpm run analyze` makes of the sources now, and so is src/tags.ts', async () => {
    for (const [made, kept] of [
      ['custom-elements.json', 'custom-elements.json'],
      ['tags.ts', 'src/tags.ts'],
    ] as const) {
      const [now, then] = await Promise.all([readFile(join(folder, made), 'utf8'), readFile(join(own, kept), 'utf8')]);
      assert.equal(now, then, `${kept} is older than the sources: pnpm --filter @chatlet/widget run analyze`);
    }
  });

  test('is valid by its schema, and each of its names is explained', () => {
    const schema: unknown = JSON.parse(
      readFileSync(fileURLToPath(import.meta.resolve('custom-elements-manifest/schema.json')), 'utf8'),
    );
    const validate = new Ajv({strict: false}).compile(schema as object);
    assert.ok(validate(manifest), JSON.stringify(validate.errors));
    const silent = [chat, launcher].flatMap(({tagName, members, attributes, cssParts, cssProperties, events, slots}) =>
      [...members, ...attributes, ...cssParts, ...cssProperties, ...events, ...slots]
        .filter(({description}) => !description)
        .map(({name}) => `${tagName} ${name}`),
    );
    assert.deepEqual(silent, []);
  });

  test('E17: has every part of the sources and no other', () => {
    // `<div part="chat">`, `{part: 'chat'}` and `part.value = 'chat'`
    const written = findAll(/\bpart(?:=|: |\.value = )["']([\w-]+)["']/g, 'src/elements/');
    const renamed = new Map([
      ['button', 'model-button'],
      ['list', 'model-list'],
      ['option', 'model-option'],
    ]);
    const parts = written.map((name) => renamed.get(name) ?? name).toSorted();
    assert.ok(parts.length > 40, `${parts.length} parts`);
    assert.deepEqual(namesOf(launcher.cssParts), parts);
    assert.deepEqual(
      namesOf(chat.cssParts),
      parts.filter((name) => name !== 'launcher' && name !== 'panel'),
    );
  });

  test('E17: has every event that leaves the chat and no other, each with the class that it is', () => {
    const events = findAll(/static readonly type = '([\w-]+)'/g).filter((name) => name !== 'chatlet-action');
    assert.deepEqual(namesOf(launcher.events), events);
    assert.deepEqual(
      namesOf(chat.events),
      events.filter((name) => name !== 'chatlet-open' && name !== 'chatlet-close'),
    );
    const classes = namesOf(declarations.filter(({tagName}) => tagName === undefined));
    assert.deepEqual(launcher.events.map(({type}) => type.text).toSorted(), classes);
  });

  test('E17: has every CSS property of the styles and no other, each with its syntax', () => {
    // The Markdown engine has some more, which the message sets.
    const properties = ['src/elements/', 'src/styles/'].flatMap((each) => findAll(/var\(\s*(--chatlet-[\w-]+)/g, each));
    assert.ok(properties.length > 14, `${properties.length} properties`);
    assert.deepEqual(namesOf(launcher.cssProperties), [...new Set(properties)].toSorted());
    assert.deepEqual(
      namesOf(chat.cssProperties),
      namesOf(launcher.cssProperties).filter((name) => !/^--chatlet-(?:launcher|panel)-/.test(name)),
    );
    assert.deepEqual(
      launcher.cssProperties.filter(({syntax}) => !syntax),
      [],
    );
  });

  test('has every attribute and CSS property that the playground prints, under the name of today', () => {
    const printed = asked.map(({name}) => name);
    assert.ok(printed.length > 20, printed.join(' '));
    const known = new Set(
      [chat, launcher]
        .flatMap(({attributes, cssProperties}) => [...attributes, ...cssProperties])
        .flatMap(({name, description = ''}) => (description.startsWith('An older name of ') ? [] : [name])),
    );
    // Of HTML.
    for (const name of ['lang', 'dir']) known.add(name);
    assert.deepEqual(
      printed.filter((name) => !known.has(name)),
      [],
    );
  });

  test('has every property of the chat, and the launcher each that it hands on', () => {
    const text = sources.find(({path}) => path === 'src/elements/chat/chat.ts')?.text ?? '';
    const declared = [...text.matchAll(/^  @property\(.*?\)\s*(?:get )?(\w+)/gms)].map(([, name = '']) => name);
    assert.ok(declared.length > 30, `${declared.length} properties`);
    assert.deepEqual(
      namesOf(chat.members.filter(({kind}) => kind === 'field')),
      // The launcher sets these.
      declared.filter((name) => name !== 'closable' && name !== 'panelButton').toSorted(),
    );
    const fields = namesOf(launcher.members.filter(({kind}) => kind === 'field'));
    assert.deepEqual(fields, [...handedOn, 'chat', 'open'].toSorted());
  });

  test('becomes data for VS Code and for the editors of JetBrains, with values to choose from', async () => {
    const read = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(folder, name), 'utf8'));
    const html = (await read('vscode.html-custom-data.json')) as {
      tags: {attributes: (Named & {values: Named[]})[]}[];
    };
    const themes = html.tags[0]?.attributes.find(({name}) => name === 'theme');
    assert.deepEqual(namesOf(themes?.values ?? []), ['dark', 'light']);
    const css = (await read('vscode.css-custom-data.json')) as {properties: Named[]};
    assert.ok(css.properties.some(({name}) => name === '--chatlet-accent'));
    const {contributions} = (await read('web-types.json')) as {contributions: {html: {elements: Named[]}}};
    assert.deepEqual(namesOf(contributions.html.elements), ['chatlet-chat', 'chatlet-launcher']);
  });

  test('the playground has a field for every attribute and every property of the looks', () => {
    // The chat that is shown is the visitor's. The font and the offsets have a field under another name.
    const others = ['chat-id', '--chatlet-font', '--chatlet-launcher-offset-x', '--chatlet-launcher-offset-y'];
    const known = [chat, launcher].flatMap(({attributes, cssProperties}) => namesOf([...attributes, ...cssProperties]));
    const shown = asked.map(({name}) => name);
    const missing = [...new Set(known)].filter((name) => !shown.includes(name) && !others.includes(name));
    assert.deepEqual(missing, []);
  });

  test('the README names every part that a page can style', () => {
    const readme = readFileSync(join(own, 'README.md'), 'utf8');
    const [, list = ''] = /^Parts \(`::part\(\)`\)([^]*?)Slots:/m.exec(readme) ?? [];
    const named = [...list.matchAll(/`([\w-]+)`/g)].map(([, name]) => name);
    assert.deepEqual(
      [...chatParts.split(', '), 'launcher', 'panel'].filter((part) => !named.includes(part)),
      [],
    );
  });
});
