/**
 * Makes everything that describes the two elements to others, from their sources: `custom-elements.json`, the data for
 * VS Code and JetBrains' editors, and `src/tags.ts`, which types and wrappers are made of. Written beside this file, or to
 * the folder that MANIFEST_FOLDER names (relative to this one).
 */
import {writeFileSync} from 'node:fs';
import {customElementJetBrainsPlugin} from 'custom-element-jet-brains-integration';
import {customElementVsCodePlugin} from 'custom-element-vs-code-integration';
import {properties} from './src/elements/launcher/properties.ts';
import {chatParts} from './src/elements/parts.ts';
import {tagsSource} from './tags-source.mjs';

const outdir = process.env.MANIFEST_FOLDER ?? '.';

/** Which module of the package defines the elements. */
const definingModule = 'dist/define.js';

/** Puts together what a page can use of the two elements, from all elements that they consist of. */
const forPages = {
  name: 'for-pages',
  packageLinkPhase({customElementsManifest: manifest}) {
    const declarations = manifest.modules.flatMap((module) => module.declarations ?? []);
    const named = (name) => declarations.find((declaration) => declaration.name === name);
    const [chat, launcher] = [named('ChatletChat'), named('ChatletLauncher')];
    const events = declarations.filter((declaration) => eventOf(declaration));

    for (const element of [chat, launcher]) {
      element.members = element.members.filter(isForPages).map(describe);
      element.attributes = element.attributes.map(describe).flatMap((each) => attributeOf(element, each));
      element.superclass = {name: 'HTMLElement'};
      element.cssProperties = element.cssProperties.map(({type, ...property}) => ({...property, syntax: type?.text}));
      element.events = element.events.flatMap(({name}) => eventFrom(events, name));
    }
    chat.cssParts = partsOfChat(chat, declarations);

    // A launcher hands on what its chat takes, and all that leaves the chat leaves the launcher.
    const handedOn = new Set(properties);
    const {members, attributes} = launcher;
    launcher.members = members.map((member) => ({...member, description: descriptionOf(member, chat)}));
    launcher.attributes = [...chat.attributes.filter(({fieldName}) => handedOn.has(fieldName)), ...attributes];
    launcher.events = [...chat.events, ...launcher.events];
    launcher.cssParts = [...launcher.cssParts, ...chat.cssParts];
    launcher.cssProperties = [...chat.cssProperties, ...launcher.cssProperties];

    keep(manifest, [chat, launcher, ...events]);
    const definitions = [chat, launcher].map((element) => ({
      kind: 'custom-element-definition',
      name: element.tagName,
      declaration: {name: element.name, module: moduleOf(manifest, element).path},
    }));
    manifest.modules.push({kind: 'javascript-module', path: definingModule, declarations: [], exports: definitions});
    // The file system gives the modules in any order.
    manifest.modules.sort((one, other) => one.path.localeCompare(other.path));
  },
};

/** `chatlet-send` of the class that is its event, if it leaves the chat. */
function eventOf({kind, members}) {
  if (kind !== 'class') return undefined;
  const type = members?.find(({name, static: isStatic}) => isStatic && name === 'type');
  const [, name] = /^'(chatlet-.+)'$/.exec(type?.default ?? '') ?? [];
  return name === 'chatlet-action' ? undefined : name;
}

function eventFrom(events, name) {
  const declaration = events.find((event) => eventOf(event) === name);
  return declaration ? [{name, type: {text: declaration.name}, description: declaration.description}] : [];
}

/** Without what the analyzer takes for members: assignments to properties of other objects, and Lit's own. */
function isForPages({kind, name, privacy, static: isStatic, type, description, inheritedFrom}) {
  if (isStatic || privacy === 'private' || privacy === 'protected' || name.startsWith('#')) return false;
  return kind === 'method' || description !== undefined || (inheritedFrom && properties.includes(name) && type);
}

/** On one line, and as the element's own. What is undefined is not written. */
function describe(member) {
  return {...member, inheritedFrom: undefined, description: member.description?.replaceAll('\n', ' ')};
}

/** The analyzer does not see which property an attribute sets if that is written by hand. HTML's own are left out. */
function attributeOf({members}, attribute) {
  const field = members.find(({kind, name}) => kind === 'field' && name === (attribute.fieldName ?? attribute.name));
  if (!field) return attribute.description === undefined ? [] : [attribute];
  return [{...attribute, fieldName: field.name, type: field.type, description: field.description}];
}

/** What the chat says of a property that a launcher has too. */
function descriptionOf({name, description}, chat) {
  return description ?? chat.members.find((member) => member.name === name)?.description;
}

/** All parts that a page can style, with what the elements that have them say of them. */
function partsOfChat(chat, declarations) {
  const inner = declarations.flatMap(({tagName, cssParts = []}) =>
    cssParts.map(({name, description}) => ({
      name: tagName === 'chatlet-model-picker' ? `model-${name}` : name,
      description,
    })),
  );
  const all = new Map([...inner, ...chat.cssParts].map((part) => [part.name, part]));
  return chatParts.split(', ').map((name) => all.get(name) ?? {name});
}

function moduleOf({modules}, declaration) {
  return modules.find(({declarations}) => declarations.includes(declaration));
}

/** Drops all other declarations, and names modules as they are published. */
function keep(manifest, kept) {
  for (const module of manifest.modules) {
    module.path = module.path.replace(/^src\/(.*)\.ts$/, 'dist/$1.js');
    module.declarations = module.declarations?.filter((declaration) => kept.includes(declaration)) ?? [];
    const names = module.declarations.map(({name}) => name);
    module.exports = module.exports
      ?.filter(({kind, name}) => kind === 'js' && names.includes(name))
      .map((each) => ({...each, declaration: {...each.declaration, module: module.path}}));
  }
  manifest.modules = manifest.modules.filter(({declarations}) => declarations.length > 0);
}

const tags = {
  name: 'tags',
  packageLinkPhase({customElementsManifest}) {
    writeFileSync(outdir === '.' ? 'src/tags.ts' : `${outdir}/tags.ts`, tagsSource(customElementsManifest));
  },
};

const editors = {outdir, hideLogs: true};

export default {
  globs: ['src/elements/*/*.ts', 'src/events.ts'],
  exclude: ['**/*.test.ts', '**/testing/**'],
  outdir,
  litelement: true,
  packagejson: false,
  plugins: [forPages, tags, customElementVsCodePlugin(editors), customElementJetBrainsPlugin(editors)],
};
