/** Writes `src/tags.ts` from the manifest: what the types for frameworks and the wrappers need to know of both elements. */

/** TypeScript names the type of a getter, but a page may write more into a property than it reads from it. */
const written = {messages: 'readonly MessageInput[]'};

const head = `/**
 * The two elements as frameworks need to know them. Made from custom-elements.json by \`pnpm run analyze\`; edit the doc
 * comments of the elements instead.
 */
import type {ChatletChat, MessageInput} from './elements/chat/chat.ts';
import type {ChatletLauncher} from './elements/launcher/launcher.ts';
`;

const interfaceOf = (name, lines) => `export interface ${name} {\n${lines.join('\n')}\n}\n`;

const comment = ({description = ''}) => `  /** ${description} */\n`;

const camelCase = (name) => name.replaceAll(/-(\w)/g, (_, letter) => letter.toUpperCase());

export function tagsSource(manifest) {
  const declarations = manifest.modules.flatMap((module) => module.declarations);
  const elements = declarations.filter(({customElement}) => customElement);
  const events = [...new Set(elements.flatMap((element) => element.events.map(({type}) => type.text)))].toSorted(
    (one, other) => one.localeCompare(other),
  );
  return [
    `${head}import type {${events.join(', ')}} from './events.ts';\n`,
    `/** What a wrapper must know of an element to hand on props and to hear events. */
export interface Tag {
  readonly name: 'chatlet-chat' | 'chatlet-launcher';
  /** What is set as a property. */
  readonly properties: readonly string[];
  /** Those that are true or false. */
  readonly booleans: readonly string[];
  /** What is set as an attribute, because the element has no property for it: \`offsetX\` → \`offset-x\`. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly events: readonly string[];
}\n`,
    ...elements.flatMap(sourcesOf),
  ].join('\n');
}

function sourcesOf({name: className, tagName, members, attributes, events, description}) {
  const name = className.replace('Chatlet', '');
  const fields = members.filter(({kind, readonly}) => kind === 'field' && !readonly);
  const only = attributes.filter(({name: attribute}) => !fields.some((field) => field.name === camelCase(attribute)));
  const props = [
    ...fields.map((field) => {
      const type = written[field.name] ?? `${className}['${field.name}']`;
      return `${comment(field)}  readonly ${field.name}?: ${type} | undefined;`;
    }),
    ...only.map((each) => `${comment(each)}  readonly ${camelCase(each.name)}?: ${each.type.text} | undefined;`),
  ];
  const tag = {
    name: tagName,
    properties: fields.map((field) => field.name),
    booleans: fields.filter(({type}) => /\bboolean\b/.test(type.text)).map((field) => field.name),
    attributes: Object.fromEntries(only.map((each) => [camelCase(each.name), each.name])),
    events: events.map((event) => event.name),
  };
  return [
    `/** ${description.replaceAll('\n', ' ')} */\n${interfaceOf(`${name}Props`, props)}`,
    `/** The events by their names. */\n` +
      interfaceOf(
        `${name}Events`,
        events.map((event) => `${comment(event)}  readonly '${event.name}': ${event.type.text};`),
      ),
    `/** \`<${tagName}>\` for wrappers. */\nexport const ${name.toLowerCase()}Tag = ${JSON.stringify(tag, null, 2)} as const satisfies Tag;\n`,
  ];
}
